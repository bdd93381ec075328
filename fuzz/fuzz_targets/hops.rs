//! libFuzzer's way to [`fuzz::hops`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(hops);
