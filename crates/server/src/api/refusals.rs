//! Sets of refusals that many endpoints share, for their OpenAPI annotations.

use utoipa::IntoResponses;

use crate::http::error::ErrorBody;

/// The caller is not signed in, lacks the permission, or the scope does not exist for them.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only the OpenAPI document uses the variants; handlers return `Error`")]
pub(crate) enum AtScope {
    #[response(status = UNAUTHORIZED)]
    Unauthorized(ErrorBody),
    #[response(status = FORBIDDEN)]
    Forbidden(ErrorBody),
    #[response(status = NOT_FOUND)]
    NotFound(ErrorBody),
}

/// As [`AtScope`], or a field of the request is wrong.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only the OpenAPI document uses the variants; handlers return `Error`")]
pub(crate) enum AtScopeWithInput {
    #[response(status = UNAUTHORIZED)]
    Unauthorized(ErrorBody),
    #[response(status = FORBIDDEN)]
    Forbidden(ErrorBody),
    #[response(status = NOT_FOUND)]
    NotFound(ErrorBody),
    #[response(status = UNPROCESSABLE_ENTITY)]
    Invalid(ErrorBody),
}
