//! The store as its users see it: the same cases on a file, in memory and on a PostgreSQL server that the test starts itself.

mod approvals;
mod change;
mod file;
mod journal;
mod place;
mod postgres;
mod process;
mod property;
mod retention;
mod runs;
mod sample;
mod server;
mod values;

use futures_util::future::LocalBoxFuture;
use place::Place;

/// A case of the shared list.
type Case = (&'static str, fn(Place) -> LocalBoxFuture<'static, ()>);

macro_rules! cases {
    ($name:ident on [$($kind:ident),*]: $($module:ident :: $case:ident),* $(,)?) => {
        pub(crate) const $name: &[Case] =
            &[$((stringify!($case), |place| Box::pin(async move { crate::$module::$case(&place).await }))),*];
        cases!(@kinds [$($kind),*] ($($module :: $case),*));
    };
    (@kinds [] $cases:tt) => {};
    (@kinds [$kind:ident $(, $rest:ident)*] $cases:tt) => {
        cases!(@tests $kind $cases);
        cases!(@kinds [$($rest),*] $cases);
    };
    (@tests $kind:ident ($($module:ident :: $case:ident),*)) => {
        mod $kind {$(
            #[tokio::test]
            async fn $case() {
                crate::$module::$case(&crate::place::$kind()).await;
            }
        )*}
    };
}

mod everywhere {
    use super::Case;

    cases! { CASES on [memory, sqlite]:
        journal::records_come_back_in_their_order,
        journal::an_append_to_a_run_that_rests_is_refused,
        journal::a_run_is_opened_once,
        journal::records_of_runs_that_are_unknown_are_refused,
        journal::a_report_comes_back_whole,
        runs::g03_and_g04_another_principals_run_is_as_absent,
        runs::lists_are_newest_first_and_paged,
        runs::a_parked_run_is_claimed_once,
        runs::an_ended_run_says_so,
        runs::a_parked_run_is_cancelled_with_its_calls,
        runs::a_running_run_is_asked_to_cancel,
        approvals::the_first_to_decide_wins,
        approvals::what_does_not_wait_gets_one_answer,
        approvals::runs_that_wait_for_nothing_more_are_listed,
        approvals::a_decision_is_used_once,
        approvals::asking_again_keeps_a_decision_that_was_made,
        approvals::a_call_in_doubt_is_asked_for_again,
        approvals::always_is_an_entry_of_the_policy,
        approvals::an_approver_sees_the_whole_snippet,
        values::g04_stored_values_are_their_principals,
        values::stored_values_have_their_limits,
        values::stored_values_end,
        values::g03_and_g04_handles_are_their_principals_and_paged,
        values::g03_handles_are_listed_newest_first,
        values::the_oldest_handles_go_first,
        values::snippets_have_versions,
        retention::ended_runs_go_by_age,
        retention::ended_runs_go_by_size,
        property::whatever_is_written_is_read,
        property::names_of_any_kind,
    }
}

mod where_others_see_it {
    use super::Case;

    cases! { CASES on [sqlite]:
        journal::what_is_acknowledged_outlives_the_store,
        runs::runs_of_a_closed_store_are_orphans,
        runs::g10_a_run_that_was_claimed_elsewhere_is_written_no_more,
        retention::forgetting_takes_nothing_that_is_being_written,
        change::changes_of_another_store_are_seen,
        process::g11_a_killed_process_loses_nothing_it_acknowledged,
        process::g10_of_many_that_claim_one_gets_it,
        process::g10_of_many_that_decide_one_does,
    }
}
