//! The parameter `options`: server settings as on PostgreSQL's command line, `-c name=value` separated by spaces. A
//! literal space or backslash has a backslash before it.

/// Returns the settings in their order.
///
/// # Errors
/// The problem as the end of a sentence, when the text has another form.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut words = words(text).into_iter();
    let mut settings = Vec::new();
    while let Some(word) = words.next() {
        let setting = match word.strip_prefix("--") {
            Some(setting) => setting.to_owned(),
            None if word == "-c" => words.next().unwrap_or_default(),
            None => word
                .strip_prefix("-c")
                .map(ToOwned::to_owned)
                .ok_or("takes only settings of the form “-c name=value”.")?,
        };
        let (name, value) =
            setting.split_once('=').ok_or("has a setting without “=”. Write “-c name=value”.")?;
        settings.push((checked_name(name)?, value.to_owned()));
    }
    Ok(settings)
}

fn checked_name(name: &str) -> Result<String, String> {
    let name = name.replace('-', "_");
    let fine =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte));
    if fine {
        Ok(name)
    } else {
        Err("has a setting whose name is not letters, digits, “_” and “.”.".into())
    }
}

fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' => words.push(String::new()),
            '\\' => words.iter_mut().last().into_iter().for_each(|word| word.extend(letters.next())),
            other => words.iter_mut().last().into_iter().for_each(|word| word.push(other)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}
