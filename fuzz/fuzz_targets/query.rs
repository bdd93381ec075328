//! libFuzzer's way to [`fuzz::query`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(query);
