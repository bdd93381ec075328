//! libFuzzer's way to [`fuzz::api_key`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(api_key);
