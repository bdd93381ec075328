//! What another endpoint calls the attributes of a service, and the keys of their lists.

use crate::{
    AttributeAnswer, Violation, Violations,
    text::{MAX_CODE, MAX_LINE, line},
};

/// How answers to our service definition become answers to theirs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeMap {
    /// Our code and theirs. When none is named, every answer is sent under its own code; else only
    /// those named are sent.
    pub codes: Vec<(String, String)>,
    /// Our code, our key and their key.
    pub values: Vec<(String, String, String)>,
    /// Their code and what is always answered to it.
    pub constants: Vec<(String, String)>,
}

impl AttributeMap {
    /// A map from lines as an operator writes them: `POLE=LAMP_ID` for a code, `FAULT:dark=1` for a
    /// key of a list, `=SOURCE:us` for a constant.
    ///
    /// # Errors
    /// Every line that is none of these.
    pub fn parse(lines: &[String]) -> Result<Self, Violations> {
        let mut violations = Violations::none();
        let mut map = Self::default();
        for text in lines {
            violations.take(map.add(text));
        }
        violations.check()?;
        Ok(map)
    }

    fn add(&mut self, text: &str) -> Result<(), Violation> {
        let code = |text: &str| part(text, MAX_CODE);
        let value = |text: &str| part(text, MAX_LINE);
        match text.split_once('=') {
            Some(("", constant)) => {
                let (theirs, answer) = constant.split_once(':').ok_or_else(strange)?;
                self.constants.push((code(theirs)?, value(answer)?));
            }
            Some((ours, theirs)) => match ours.split_once(':') {
                Some((ours, key)) => {
                    let mapped = (code(ours)?, value(key)?, value(theirs)?);
                    self.values.push(mapped);
                }
                None => self.codes.push((code(ours)?, code(theirs)?)),
            },
            None => return Err(strange()),
        }
        Ok(())
    }

    /// The lines of which [`Self::parse`] makes it again.
    pub fn to_lines(&self) -> Vec<String> {
        let codes = self
            .codes
            .iter()
            .map(|(ours, theirs)| format!("{ours}={theirs}"));
        let values = self.values.iter();
        let values = values.map(|(code, key, theirs)| format!("{code}:{key}={theirs}"));
        let constants = self.constants.iter();
        let constants = constants.map(|(code, answer)| format!("={code}:{answer}"));
        codes.chain(values).chain(constants).collect()
    }

    /// Their codes, each with what is answered to it.
    pub fn apply(&self, answers: &[AttributeAnswer]) -> Vec<(String, Vec<String>)> {
        let mut mapped: Vec<(String, Vec<String>)> = Vec::new();
        for answer in answers {
            let code = match self.codes.iter().find(|(ours, _)| *ours == answer.code) {
                Some((_, theirs)) => theirs,
                None if self.codes.is_empty() => &answer.code,
                None => continue,
            };
            let values = answer.values.iter().map(|key| self.key(&answer.code, key));
            mapped.push((code.clone(), values.collect()));
        }
        mapped.extend(self.constant());
        mapped
    }

    /// What is answered whatever was answered here.
    pub fn constant(&self) -> Vec<(String, Vec<String>)> {
        let constants = self.constants.iter();
        constants
            .map(|(code, answer)| (code.clone(), vec![answer.clone()]))
            .collect()
    }

    /// What they call our key.
    fn key(&self, code: &str, key: &str) -> String {
        let found = self.values.iter().find(|(c, k, _)| c == code && k == key);
        found.map_or(key, |(_, _, theirs)| theirs).to_owned()
    }
}

fn part(text: &str, max: usize) -> Result<String, Violation> {
    let text = text.trim();
    if text.is_empty() {
        return Err(strange());
    }
    line("attributes", text, max)
}

fn strange() -> Violation {
    let problem = "holds a line that is none of OURS=THEIRS, OURS:KEY=THEIR_KEY and =THEIRS:ANSWER";
    Violation::new("attributes", problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(lines: &[&str]) -> AttributeMap {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let map = AttributeMap::parse(&lines).unwrap();
        assert_eq!(map.to_lines(), lines);
        map
    }

    fn answer(code: &str, values: &[&str]) -> AttributeAnswer {
        AttributeAnswer {
            code: code.into(),
            label: String::new(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            names: vec![],
        }
    }

    fn told(mapped: &[(String, Vec<String>)]) -> Vec<String> {
        let one = |(code, values): &(String, Vec<String>)| format!("{code}={}", values.join("|"));
        mapped.iter().map(one).collect()
    }

    #[test]
    fn without_codes_everything_is_sent_as_it_is() {
        let answers = [answer("POLE", &["A-1"]), answer("FAULT", &["dark"])];
        assert_eq!(told(&map(&[]).apply(&answers)), ["POLE=A-1", "FAULT=dark"]);
    }

    #[test]
    fn with_codes_only_those_named_leave() {
        let answers = [answer("POLE", &["A-1"]), answer("FAULT", &["dark", "x"])];
        let map = map(&["FAULT=defect", "FAULT:dark=1", "=source:us"]);
        assert_eq!(told(&map.apply(&answers)), ["defect=1|x", "source=us"]);
    }

    #[test]
    fn a_line_that_says_nothing_is_refused() {
        for text in ["", "POLE", "=x", "a=", ":k=x", "a:=x", "a\nb=c"] {
            assert!(AttributeMap::parse(&[text.to_owned()]).is_err(), "{text:?}");
        }
    }
}
