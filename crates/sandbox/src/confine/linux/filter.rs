//! Turns the tables of `calls` into programs for the kernel and installs them for all threads at once.

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use super::calls::{ALLOWED, Only, REFUSED};
use crate::confine::{Layer, Protection};

/// No thread of this process makes another call than those of the tables, ever again.
pub(super) fn install() -> Protection {
    let programs = match programs() {
        Ok(programs) => programs,
        Err(cause) => return Protection::absent(Layer::SystemCalls, format!("no filter for this processor: {cause}")),
    };
    for program in &programs {
        if let Err(cause) = seccompiler::apply_filter_all_threads(program) {
            return Protection::absent(Layer::SystemCalls, format!("this kernel takes no filter: {cause}"));
        }
    }
    Protection::active(Layer::SystemCalls, format!("{} allowed; any other ends the worker", ALLOWED.len()))
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// One program for each answer. The kernel asks all of them and the strictest answer counts; the one that ends processes
/// comes last because installing another would end this one.
fn programs() -> Result<Vec<BpfProgram>, BackendError> {
    let processor: TargetArch = std::env::consts::ARCH.try_into()?;
    let mut by_answer: BTreeMap<i32, Rules> = BTreeMap::new();
    for &(call, errno) in REFUSED {
        by_answer.entry(errno).or_default().insert(call, Vec::new());
    }
    let mut programs = Vec::with_capacity(by_answer.len() + 1);
    for (errno, rules) in by_answer {
        let answer = SeccompAction::Errno(errno.unsigned_abs());
        programs.push(SeccompFilter::new(rules, SeccompAction::Allow, answer, processor)?.try_into()?);
    }
    let allowed = SeccompFilter::new(allowed()?, SeccompAction::KillProcess, SeccompAction::Allow, processor)?;
    programs.push(allowed.try_into()?);
    Ok(programs)
}

fn allowed() -> Result<Rules, BackendError> {
    let mut rules = Rules::new();
    for &(call, only) in ALLOWED {
        let condition = match only {
            Only::Always => None,
            Only::Bits { argument, mask, value } => Some((argument, SeccompCmpOp::MaskedEq(mask), value)),
            Only::Myself { argument } => Some((argument, SeccompCmpOp::Eq, u64::from(std::process::id()))),
        };
        let rule = condition.map(|(argument, operator, value)| {
            SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Qword, operator, value)?])
        });
        rules.insert(call, rule.transpose()?.into_iter().collect());
    }
    // Let through by this program, answered by another.
    rules.extend(REFUSED.iter().map(|&(call, _)| (call, Vec::new())));
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_call_has_one_row() {
        let named = ALLOWED.iter().map(|row| row.0).chain(REFUSED.iter().map(|row| row.0));
        assert_eq!(named.collect::<BTreeSet<_>>().len(), ALLOWED.len() + REFUSED.len());
    }

    #[test]
    fn the_tables_become_programs() {
        assert_eq!(programs().unwrap().len(), 4);
    }

    #[test]
    fn what_leads_outside_is_not_allowed() {
        let outside = [
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_socket,
            libc::SYS_connect,
            libc::SYS_recvmsg,
            libc::SYS_ptrace,
            libc::SYS_kill,
            libc::SYS_tkill,
            libc::SYS_dup,
            libc::SYS_memfd_create,
            libc::SYS_io_uring_setup,
            libc::SYS_userfaultfd,
            libc::SYS_seccomp,
            libc::SYS_personality,
            libc::SYS_pkey_mprotect,
        ];
        for call in outside {
            assert!(!ALLOWED.iter().any(|row| row.0 == call), "{call}");
            assert!(!REFUSED.iter().any(|row| row.0 == call), "{call}");
        }
    }
}
