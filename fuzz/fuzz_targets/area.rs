//! libFuzzer's way to [`fuzz::area`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(area);
