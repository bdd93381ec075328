//! libFuzzer's way to [`fuzz::form`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(form);
