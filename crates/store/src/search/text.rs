//! Parts of the search's statements, each written once for all statements and both databases.
//!
//! The texts are put together when the program is built. Must never build SQL while it runs.

/// `both!(part …)`: the text that the macro `part` makes, for each database.
macro_rules! both {
    ($part:ident $($rest:tt)*) => {
        $crate::query::Both { sqlite: $part!(sqlite $($rest)*), postgres: $part!(postgres $($rest)*) }
    };
}

/// The text fits a pattern.
macro_rules! like {
    ($text:literal, $pattern:literal) => {
        concat!($text, " LIKE ", $pattern, " ESCAPE '!'")
    };
}

/// The text fits one of four patterns: those of a name.
macro_rules! fits {
    ($text:literal, $a:literal, $b:literal, $c:literal, $d:literal) => {
        concat!(
            "(",
            like!($text, $a),
            " OR ",
            like!($text, $b),
            " OR ",
            like!($text, $c),
            " OR ",
            like!($text, $d),
            ")"
        )
    };
}

/// Rows of a table that belong to one of the scopes in `$1`, a JSON array.
macro_rules! within {
    (sqlite $table:literal, $scope:literal) => {
        concat!("json_each($1) place CROSS JOIN ", $table, " WHERE ", $scope, " = place.value ->> 0")
    };
    (postgres $table:literal, $scope:literal) => {
        concat!(
            "jsonb_array_elements($1::jsonb) AS place (value) CROSS JOIN ",
            $table,
            " WHERE ",
            $scope,
            " = (place.value ->> 0)::bigint"
        )
    };
}

/// At most `$2` rows of a table that belong to one of the scopes in `$1`.
macro_rules! found {
    ($db:ident $rows:literal, $table:literal of $scope:literal, $($only:tt)+) => {
        concat!("SELECT ", $rows, " FROM ", within!($db $table, $scope), " AND ", $($only)+, " LIMIT $2")
    };
}

/// The ids in a JSON array.
macro_rules! ids {
    (sqlite $value:literal) => {
        concat!("(SELECT value ->> 0 FROM json_each(", $value, "))")
    };
    (postgres $value:literal) => {
        concat!(
            "(SELECT (value ->> 0)::bigint FROM jsonb_array_elements(",
            $value,
            "::jsonb) AS rows (value))"
        )
    };
}
