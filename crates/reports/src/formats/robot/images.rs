//! The pictures in a message that is HTML: libraries for browsers log their screenshots so.
//!
//! A picture is a path, or its content as a `data:` URL. Must never open the path.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::limits::NAME;
use crate::model::Attachment;
use crate::text::cut;

pub(in crate::formats) fn of(html: &str) -> impl Iterator<Item = Attachment> {
    html.split("<img").skip(1).filter_map(|rest| {
        let tag = rest.split('>').next()?;
        let source = tag.split_once("src=\"")?.1.split('"').next()?;
        Some(attachment(source))
    })
}

fn attachment(source: &str) -> Attachment {
    let embedded = source.strip_prefix("data:").and_then(|data| data.split_once(";base64,"));
    if let Some((media_type, content)) = embedded
        && let Ok(content) = STANDARD.decode(content)
    {
        let media_type = Some(cut(media_type, NAME));
        return Attachment { name: "screenshot".into(), path: None, media_type, content: Some(content) };
    }
    let name = source.rsplit(['/', '\\']).next().unwrap_or(source);
    Attachment { name: cut(name, NAME), path: Some(cut(source, NAME)), media_type: None, content: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_pictures_by_path_and_by_content() {
        let html = r#"</td></tr><tr><td><a href="shots/1.png"><img src="shots/1.png" width="800px"></a>
            <img alt="x" src="data:image/png;base64,aGVsbG8="> <img> <b>src="no.png"</b>"#;
        let found: Vec<_> = of(html).collect();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].name.as_str(), found[0].path.as_deref()), ("1.png", Some("shots/1.png")));
        assert_eq!(found[1].media_type.as_deref(), Some("image/png"));
        assert_eq!(found[1].content.as_deref(), Some(&b"hello"[..]));
    }
}
