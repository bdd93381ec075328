//! libFuzzer's way to [`fuzz::document`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(document);
