//! libFuzzer's way to [`fuzz::picture`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(picture);
