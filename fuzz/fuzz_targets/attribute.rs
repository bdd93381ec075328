//! libFuzzer's way to [`fuzz::attribute`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(attribute);
