//! libFuzzer's way to [`fuzz::import`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(import);
