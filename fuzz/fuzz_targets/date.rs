//! libFuzzer's way to [`fuzz::date`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(date);
