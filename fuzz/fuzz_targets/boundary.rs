//! libFuzzer's way to [`fuzz::boundary`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(boundary);
