//! A small part of an XML document as a tree: one test case with everything inside it.

use crate::limits::{LIST, TOKEN};
use crate::xml::{Element, Token, Xml};

/// An element with its attributes, its text and its child elements. Names are without namespace prefixes.
#[derive(Debug, Default)]
pub(crate) struct Node {
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    /// All text directly in the element, concatenated.
    pub(crate) text: String,
    pub(crate) children: Vec<Node>,
}

impl Node {
    /// A node with the attributes of an element, without its content.
    pub(crate) fn of(element: &Element) -> Self {
        Self { name: element.name(), attributes: element.attributes().collect(), ..Self::default() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Node> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Node> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of a child, without blanks around it; `None`: there is no text.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim()).filter(|text| !text.is_empty())
    }

    fn size(&self) -> usize {
        self.attributes.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>() + self.name.len()
    }
}

/// Reads the element that was just opened, up to its end.
///
/// # Errors
/// As [`Xml::next`]; also if the element is larger than [`TOKEN`].
pub(crate) fn read_node(xml: &mut Xml<'_>, element: &Element) -> Result<Node, String> {
    let mut open = vec![Node::of(element)];
    let mut size = 0;
    loop {
        match xml.next()? {
            Token::Open(element) => {
                let node = Node::of(&element);
                size += node.size();
                open.push(node);
            }
            Token::Text(text) => {
                size += text.len();
                if let Some(node) = open.last_mut() {
                    node.text.push_str(&text);
                }
            }
            Token::Close(_) => {
                let Some(node) = open.pop() else { return Err("an element ends twice".into()) };
                match open.last_mut() {
                    Some(parent) if parent.children.len() < LIST => parent.children.push(node),
                    Some(_) => {}
                    None => return Ok(node),
                }
            }
            Token::End => return Err("it breaks off: the file was cut".into()),
        }
        if size > TOKEN {
            return Err(format!("one test case is larger than {} MiB", TOKEN / 1024 / 1024));
        }
    }
}
