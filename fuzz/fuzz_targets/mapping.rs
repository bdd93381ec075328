//! libFuzzer's way to [`fuzz::mapping`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(mapping);
