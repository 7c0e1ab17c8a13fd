//! The search over people, machines, teams, projects and user groups: candidates for a query, each at most
//! [`CANDIDATES`]. The caller decides which of them fit best.
//!
//! Must never find anything outside of the scopes that it is given.

use testkeep_domain::text::fold;

use crate::on::On;
use crate::rows::Rows;
use crate::sql;

/// Maximum number of candidates of one kind.
pub const CANDIDATES: i64 = 1000;
/// A scope's ids beyond this number are not searched for people.
const PLACES_MAX: i64 = 5000;
/// Sorts after every text, and fits none.
const LAST: &str = "\u{10FFFF}";
/// Letters of a query beyond this number are compared as a whole only.
const FUZZY_MAX: usize = 32;

/// A query as patterns for `folded LIKE … ESCAPE '!'`.
#[derive(Clone, Debug)]
pub struct Patterns {
    names: [String; 4],
    others: String,
    start: String,
}

fn escaped(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

fn joined(parts: impl IntoIterator<Item = String>, between: &str) -> String {
    parts.into_iter().collect::<Vec<_>>().join(between)
}

impl Patterns {
    /// Texts with the query in them, with words that it begins, or with its initials.
    pub fn close(query: &str) -> Self {
        let start = fold(query);
        let inside = format!("%{}%", escaped(&start));
        let words: Vec<String> = start.split(' ').map(escaped).collect();
        let letters = start.chars().filter(|c| !c.is_whitespace()).take(FUZZY_MAX);
        let initials = joined(letters.map(|c| escaped(&c.to_string())), "% ") + "%";
        let in_order = joined(words.iter().cloned(), "% ") + "%";
        let reversed = joined(words.iter().rev().cloned(), "% ") + "%";
        Self { names: [inside.clone(), initials, in_order, reversed], others: inside, start }
    }

    /// Texts with the query's letters in order, and texts that differ in one letter.
    ///
    /// A typo changes at most two letters that stand side by side, so at least two of the query's four quarters stay as
    /// they are: the first two, the last two, or the first and the last.
    pub fn loose(query: &str) -> Self {
        let start = fold(query);
        let letters: Vec<char> = start.chars().filter(|c| !c.is_whitespace()).take(FUZZY_MAX).collect();
        let in_order = letters.iter().map(|c| escaped(&c.to_string()));
        let in_order = format!("%{}%", joined(in_order, "%"));
        let all: Vec<char> = start.chars().collect();
        let text = |from: usize, to: usize| {
            escaped(&all[from * all.len() / 4..to * all.len() / 4].iter().collect::<String>())
        };
        let [first, last] = [format!("%{}%", text(0, 2)), format!("%{}%", text(2, 4))];
        let around = format!("%{}%{}%", text(0, 1), text(3, 4));
        let names = if all.len() < 4 { [LAST; 3].map(str::to_owned) } else { [first, last, around] };
        let [first, last, around] = names;
        Self { names: [in_order, first, last, around], others: LAST.into(), start }
    }
}

/// A person whose name or email address may fit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FoundPerson {
    pub user_id: i64,
    pub folded_name: String,
    pub folded_email: String,
    pub email: String,
    pub first_name: String,
    pub last_name: String,
}

/// People of these scopes whose name or email address begins with the query.
pub async fn list_people_by_start(
    on: impl Into<On<'_>>,
    scope_ids: &[i64],
    patterns: &Patterns,
    limit: i64,
) -> Result<Vec<FoundPerson>, sqlx::Error> {
    let end = format!("{}{LAST}", patterns.start);
    sql("SELECT x.user_id, x.folded_name, x.folded_email, u.email, u.first_name, u.last_name
         FROM (SELECT * FROM (SELECT DISTINCT m.user_id, m.folded_name, m.folded_email
                              FROM json_each($1) place CROSS JOIN member m
                              WHERE m.scope_id = place.value ->> 0 AND m.folded_name >= $2 AND m.folded_name < $3 LIMIT $4)
               UNION SELECT * FROM (SELECT DISTINCT m.user_id, m.folded_name, m.folded_email
                              FROM json_each($1) place CROSS JOIN member m
                              WHERE m.scope_id = place.value ->> 0 AND m.folded_email >= $2 AND m.folded_email < $3 LIMIT $4)) x
         LEFT JOIN user_account u ON u.id = x.user_id")
    .on_postgres(
        "SELECT x.user_id, x.folded_name, x.folded_email, u.email, u.first_name, u.last_name
         FROM (SELECT y.user_id, y.folded_name, y.folded_email
               FROM jsonb_array_elements($1::jsonb) AS place (value)
               CROSS JOIN LATERAL (SELECT m.user_id, m.folded_name, m.folded_email FROM member m
                   WHERE m.scope_id = (place.value ->> 0)::bigint AND m.folded_name >= $2 AND m.folded_name < $3
                   ORDER BY m.folded_name, m.user_id LIMIT $4) y
               UNION SELECT z.user_id, z.folded_name, z.folded_email
               FROM jsonb_array_elements($1::jsonb) AS place (value)
               CROSS JOIN LATERAL (SELECT m.user_id, m.folded_name, m.folded_email FROM member m
                   WHERE m.scope_id = (place.value ->> 0)::bigint AND m.folded_email >= $2 AND m.folded_email < $3
                   ORDER BY m.folded_email, m.user_id LIMIT $4) z LIMIT 1000) x
         JOIN user_account u ON u.id = x.user_id",
    )
    .bind(Rows::of(scope_ids.iter().copied()).to_json())
    .bind(patterns.start.as_str())
    .bind(end)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// People of these scopes whose name or email address fits a pattern.
pub async fn list_people(
    on: impl Into<On<'_>>,
    scope_ids: &[i64],
    patterns: &Patterns,
) -> Result<Vec<FoundPerson>, sqlx::Error> {
    let [a, b, c, d] = &patterns.names;
    sql("SELECT x.user_id, x.folded_name, x.folded_email, u.email, u.first_name, u.last_name
         FROM (SELECT DISTINCT m.user_id, m.folded_name, m.folded_email FROM json_each($1) place CROSS JOIN member m
               WHERE m.scope_id = place.value ->> 0
                 AND (m.folded_name LIKE $2 ESCAPE '!' OR m.folded_name LIKE $3 ESCAPE '!' OR m.folded_name LIKE $4 ESCAPE '!'
                      OR m.folded_name LIKE $5 ESCAPE '!' OR m.folded_email LIKE $6 ESCAPE '!') LIMIT $7) x
         LEFT JOIN user_account u ON u.id = x.user_id")
    .on_postgres(
        "SELECT x.user_id, x.folded_name, x.folded_email, u.email, u.first_name, u.last_name
         FROM (SELECT DISTINCT y.user_id, y.folded_name, y.folded_email
               FROM jsonb_array_elements($1::jsonb) AS place (value)
               CROSS JOIN LATERAL (SELECT m.user_id, m.folded_name, m.folded_email FROM member m
                   WHERE m.scope_id = (place.value ->> 0)::bigint
                     AND (m.folded_name LIKE $2 ESCAPE '!' OR m.folded_name LIKE $3 ESCAPE '!'
                          OR m.folded_name LIKE $4 ESCAPE '!' OR m.folded_name LIKE $5 ESCAPE '!'
                          OR m.folded_email LIKE $6 ESCAPE '!') LIMIT $7) y LIMIT $7) x
         JOIN user_account u ON u.id = x.user_id",
    )
    .bind(Rows::of(scope_ids.iter().copied()).to_json())
    .bind(a.as_str())
    .bind(b.as_str())
    .bind(c.as_str())
    .bind(d.as_str())
    .bind(patterns.others.as_str())
    .bind(CANDIDATES)
    .fetch_all(on)
    .await
}

/// Which teams and projects are searched: those of whole organizations, and single ones.
#[derive(Clone, Debug, Default)]
pub struct PlaceFilter {
    /// Organizations with all their teams.
    pub teams_of: Vec<i64>,
    /// Organizations with all their projects.
    pub projects_of: Vec<i64>,
    /// Single teams and projects.
    pub single: Vec<i64>,
    /// Teams with all their projects.
    pub projects_in: Vec<i64>,
}

impl PlaceFilter {
    fn values(&self) -> [String; 4] {
        [&self.teams_of, &self.projects_of, &self.single, &self.projects_in]
            .map(|ids| Rows::of(ids.iter().copied()).to_json())
    }
}

/// Ids of the teams and projects, in no particular order.
pub async fn list_place_ids(on: impl Into<On<'_>>, filter: &PlaceFilter) -> Result<Vec<(i64,)>, sqlx::Error> {
    let [teams_of, projects_of, single, projects_in] = filter.values();
    sql("SELECT s.id FROM scope s
         WHERE (s.level = 'team' AND s.organization_id IN (SELECT value ->> 0 FROM json_each($1)))
            OR (s.level = 'project' AND s.organization_id IN (SELECT value ->> 0 FROM json_each($2)))
            OR s.id IN (SELECT value ->> 0 FROM json_each($3)) OR s.team_id IN (SELECT value ->> 0 FROM json_each($4))
         LIMIT $5")
    .on_postgres(
        "SELECT s.id FROM scope s
         WHERE (s.level = 'team' AND s.organization_id IN
                   (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value)))
            OR (s.level = 'project' AND s.organization_id IN
                   (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value)))
            OR s.id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($3::jsonb) AS rows (value))
            OR s.team_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($4::jsonb) AS rows (value))
         LIMIT $5",
    )
    .bind(teams_of)
    .bind(projects_of)
    .bind(single)
    .bind(projects_in)
    .bind(PLACES_MAX)
    .fetch_all(on)
    .await
}

/// A team, project or user group whose name may fit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FoundPlace {
    pub id: i64,
    /// `team`, `project` or `group`.
    pub kind: String,
    pub name: String,
    pub folded_name: String,
    pub organization_id: i64,
}

pub async fn list_places(
    on: impl Into<On<'_>>,
    filter: &PlaceFilter,
    patterns: &Patterns,
) -> Result<Vec<FoundPlace>, sqlx::Error> {
    let [teams_of, projects_of, single, projects_in] = filter.values();
    let [a, b, c, d] = &patterns.names;
    sql("SELECT s.id, s.level AS kind, s.name, COALESCE(s.folded_name, '') AS folded_name, s.organization_id FROM scope s
         WHERE ((s.level = 'team' AND s.organization_id IN (SELECT value ->> 0 FROM json_each($1)))
            OR (s.level = 'project' AND s.organization_id IN (SELECT value ->> 0 FROM json_each($2)))
            OR s.id IN (SELECT value ->> 0 FROM json_each($3)) OR s.team_id IN (SELECT value ->> 0 FROM json_each($4)))
           AND (s.folded_name LIKE $5 ESCAPE '!' OR s.folded_name LIKE $6 ESCAPE '!' OR s.folded_name LIKE $7 ESCAPE '!'
                OR s.folded_name LIKE $8 ESCAPE '!')
         LIMIT $9")
    .on_postgres(
        "SELECT s.id, s.level AS kind, s.name, COALESCE(s.folded_name, '') AS folded_name, s.organization_id FROM scope s
         WHERE ((s.level = 'team' AND s.organization_id IN
                    (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($1::jsonb) AS rows (value)))
            OR (s.level = 'project' AND s.organization_id IN
                    (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($2::jsonb) AS rows (value)))
            OR s.id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($3::jsonb) AS rows (value))
            OR s.team_id IN (SELECT (value ->> 0)::bigint FROM jsonb_array_elements($4::jsonb) AS rows (value)))
           AND (s.folded_name LIKE $5 ESCAPE '!' OR s.folded_name LIKE $6 ESCAPE '!' OR s.folded_name LIKE $7 ESCAPE '!'
                OR s.folded_name LIKE $8 ESCAPE '!')
         LIMIT $9",
    )
    .bind(teams_of)
    .bind(projects_of)
    .bind(single)
    .bind(projects_in)
    .bind(a.as_str())
    .bind(b.as_str())
    .bind(c.as_str())
    .bind(d.as_str())
    .bind(CANDIDATES)
    .fetch_all(on)
    .await
}

pub async fn list_groups(
    on: impl Into<On<'_>>,
    organization_ids: &[i64],
    patterns: &Patterns,
) -> Result<Vec<FoundPlace>, sqlx::Error> {
    let [a, b, c, d] = &patterns.names;
    sql("SELECT g.id, 'group' AS kind, g.name, COALESCE(g.folded_name, '') AS folded_name, g.organization_id
         FROM json_each($1) place CROSS JOIN user_group g
         WHERE g.organization_id = place.value ->> 0
           AND (g.folded_name LIKE $2 ESCAPE '!' OR g.folded_name LIKE $3 ESCAPE '!' OR g.folded_name LIKE $4 ESCAPE '!'
                OR g.folded_name LIKE $5 ESCAPE '!')
         LIMIT $6")
    .on_postgres(
        "SELECT g.id, 'group' AS kind, g.name, COALESCE(g.folded_name, '') AS folded_name, g.organization_id
         FROM jsonb_array_elements($1::jsonb) AS place (value)
         JOIN user_group g ON g.organization_id = (place.value ->> 0)::bigint
         WHERE g.folded_name LIKE $2 ESCAPE '!' OR g.folded_name LIKE $3 ESCAPE '!' OR g.folded_name LIKE $4 ESCAPE '!'
            OR g.folded_name LIKE $5 ESCAPE '!'
         LIMIT $6",
    )
    .bind(Rows::of(organization_ids.iter().copied()).to_json())
    .bind(a.as_str())
    .bind(b.as_str())
    .bind(c.as_str())
    .bind(d.as_str())
    .bind(CANDIDATES)
    .fetch_all(on)
    .await
}

/// A machine whose host name or Machine ID may fit.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FoundMachine {
    pub id: i64,
    pub organization_id: i64,
    pub product: String,
    pub machine_key: String,
    pub hostname: String,
    pub folded_hostname: String,
}

pub async fn list_machines(
    on: impl Into<On<'_>>,
    organization_ids: &[i64],
    patterns: &Patterns,
) -> Result<Vec<FoundMachine>, sqlx::Error> {
    let [a, b, c, d] = &patterns.names;
    sql("SELECT x.id, x.organization_id, x.product, x.machine_key, x.hostname,
                COALESCE(x.folded_hostname, '') AS folded_hostname
         FROM json_each($1) place CROSS JOIN license_machine x
         WHERE x.organization_id = place.value ->> 0 AND x.removed_at IS NULL
           AND (x.folded_hostname LIKE $2 ESCAPE '!' OR x.folded_hostname LIKE $3 ESCAPE '!'
                OR x.folded_hostname LIKE $4 ESCAPE '!' OR x.folded_hostname LIKE $5 ESCAPE '!'
                OR lower(replace(x.machine_key, 'I', 'i')) LIKE $6 ESCAPE '!')
         LIMIT $7")
    .on_postgres(
        "SELECT x.id, x.organization_id, x.product, x.machine_key, x.hostname,
                COALESCE(x.folded_hostname, '') AS folded_hostname
         FROM jsonb_array_elements($1::jsonb) AS place (value)
         JOIN license_machine x ON x.organization_id = (place.value ->> 0)::bigint
         WHERE x.removed_at IS NULL
           AND (x.folded_hostname LIKE $2 ESCAPE '!' OR x.folded_hostname LIKE $3 ESCAPE '!'
                OR x.folded_hostname LIKE $4 ESCAPE '!' OR x.folded_hostname LIKE $5 ESCAPE '!'
                OR lower(replace(x.machine_key, 'I', 'i')) LIKE $6 ESCAPE '!')
         LIMIT $7",
    )
    .bind(Rows::of(organization_ids.iter().copied()).to_json())
    .bind(a.as_str())
    .bind(b.as_str())
    .bind(c.as_str())
    .bind(d.as_str())
    .bind(patterns.others.as_str())
    .bind(CANDIDATES)
    .fetch_all(on)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_wildcards_literally() {
        let close = Patterns::close(" Ada_L% ");
        assert_eq!(close.names[0], "%ada!_l!%%");
        assert_eq!(close.start, "ada_l%");
        let loose = Patterns::loose("a%b");
        assert_eq!(loose.names, ["%a%!%%b%", LAST, LAST, LAST]);
    }

    #[test]
    fn patterns_of_words() {
        let close = Patterns::close("Ada Love");
        assert_eq!(close.names, ["%ada love%", "a% d% a% l% o% v% e%", "ada% love%", "love% ada%"]);
        let loose = Patterns::loose("lovelace");
        assert_eq!(loose.names, ["%l%o%v%e%l%a%c%e%", "%love%", "%lace%", "%lo%ce%"]);
    }
}
