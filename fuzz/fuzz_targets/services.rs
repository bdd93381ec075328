//! libFuzzer's way to [`fuzz::services`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(services);
