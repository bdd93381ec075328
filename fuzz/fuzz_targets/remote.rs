//! libFuzzer's way to [`fuzz::remote`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(remote);
