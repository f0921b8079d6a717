//! What a database answered in place of a result, sorted by what is to be done about it.

use crate::Problem;

#[derive(Debug, Clone, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct Trouble {
    pub(crate) problem: Problem,
    /// Two transactions met: the same one may succeed at once.
    pub(crate) again: bool,
}

impl Trouble {
    pub(crate) fn new(problem: Problem) -> Self {
        Self { problem, again: false }
    }

    pub(crate) fn damaged(what: impl Into<String>) -> Self {
        Self::new(Problem::Damaged(what.into()))
    }

    pub(crate) fn refused(what: impl Into<String>) -> Self {
        Self::new(Problem::Refused(what.into()))
    }

    /// The same statement will be answered the same, however often it is sent.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self.problem, Problem::Refused(_))
    }
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let text = error.to_string();
        let problem = match error.sqlite_error_code() {
            Some(Code::DiskFull) => Problem::Full,
            Some(Code::DatabaseCorrupt | Code::NotADatabase) => Problem::Damaged(text),
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Problem::Busy,
            Some(Code::ConstraintViolation | Code::TooBig | Code::TypeMismatch | Code::ParameterOutOfRange) | None => {
                Problem::Refused(text)
            }
            Some(_) => Problem::Unusable(text),
        };
        Self::new(problem)
    }
}

impl From<tokio_postgres::Error> for Trouble {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(told) = error.as_db_error() else {
            let cause = std::error::Error::source(&error);
            let text = cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
            return Self::new(Problem::Unreachable(text));
        };
        let text = told.message().to_owned();
        let code = told.code().code();
        // PostgreSQL's appendix A, by class.
        let problem = match (&code[..2], code) {
            (_, "53100") => Problem::Full,
            ("08" | "57" | "53" | "28", _) => Problem::Unreachable(text),
            ("55", _) => Problem::Busy,
            (_, "XX001" | "XX002") => Problem::Damaged(text),
            ("58", _) | (_, "25006") => Problem::Unusable(text),
            _ => Problem::Refused(text),
        };
        Self { problem, again: matches!(code, "40001" | "40P01") }
    }
}
