//! libFuzzer's way to [`fuzz::submission`].
#![cfg_attr(fuzzing, no_main)]

fuzz::target!(submission);
