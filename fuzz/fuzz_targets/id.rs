//! libFuzzer's way to [`fuzz::id`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(id);
