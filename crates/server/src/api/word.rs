//! Words from the database that a newer or older version of the server may have written.
//!
//! A list must show such rows too, so an unknown word is returned as it is. Must never be used for a request: there an
//! unknown word is refused.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use testkeep_domain::audit::AuditAction;
use testkeep_domain::mail::MailKind;
use testkeep_domain::permission::{Level, Role};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Word<T> {
    Known(T),
    Unknown(String),
}

pub(crate) type AuditActionWord = Word<AuditAction>;
pub(crate) type LevelWord = Word<Level>;
pub(crate) type MailKindWord = Word<MailKind>;
pub(crate) type RoleWord = Word<Role>;

impl<T> Word<T> {
    pub(crate) fn read(text: String, parse: impl FnOnce(&str) -> Option<T>) -> Self {
        parse(&text).map_or(Self::Unknown(text), Self::Known)
    }
}

impl<T: ToSchema> PartialSchema for Word<T> {
    fn schema() -> RefOr<Schema> {
        AnyOfBuilder::new()
            .item(Ref::from_schema_name(T::name()))
            .item(ObjectBuilder::new().schema_type(Type::String).description(Some("Of another version.")))
            .into()
    }
}

impl<T: ToSchema> ToSchema for Word<T> {
    fn name() -> Cow<'static, str> {
        format!("{}Word", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}
