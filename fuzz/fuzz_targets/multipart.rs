//! libFuzzer's way to [`fuzz::multipart`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(multipart);
