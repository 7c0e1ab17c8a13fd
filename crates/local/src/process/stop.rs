//! Stops the server of one installation: asks it first, ends it only when it does not react.

use std::time::{Duration, Instant};

use sysinfo::Signal;
use testkeep_domain::Layout;

use super::table::{is_alive, running_servers, send_signal, supervisors};
use super::{POLL, ProcessError, running};
use crate::control::Control;

/// The server stops within 10 seconds.
const STOPPED_WITHIN: Duration = Duration::from_secs(15);
/// A supervisor ends with its server.
const SUPERVISOR_WITHIN: Duration = Duration::from_secs(1);

/// Stops this installation's server and waits until its process is gone. `false`: none was running.
pub async fn stop(layout: &Layout) -> Result<bool, ProcessError> {
    let status = match running(layout).await {
        // Without the secret no stop can be requested, but the process can still be found.
        Err(_) if !running_servers(layout).is_empty() => None,
        status => status?,
    };
    let supervisors = supervisors(layout);
    let asked = match &status {
        Some(status) => {
            Control::of(layout)?.stop().await?;
            Some(status.pid)
        }
        None => None,
    };
    // A server that is just starting does not answer yet, and a hanging one does not answer any more.
    let pids: Vec<u32> = asked.into_iter().chain(running_servers(layout)).collect();
    let began = Instant::now();
    for pid in &pids {
        let is_asked = Some(*pid) == asked || send_signal(layout, *pid, Signal::Term);
        let patience = if is_asked { STOPPED_WITHIN } else { Duration::from_secs(1) };
        while is_alive(*pid) {
            if began.elapsed() > patience {
                // A supervisor would start it again.
                end_supervisors(layout, &supervisors).await?;
                end(layout, *pid).await?;
            }
            tokio::time::sleep(POLL).await;
        }
    }
    end_supervisors(layout, &supervisors).await?;
    Ok(!pids.is_empty() || !supervisors.is_empty())
}

async fn end_supervisors(layout: &Layout, pids: &[u32]) -> Result<(), ProcessError> {
    for pid in pids {
        let began = Instant::now();
        let mut is_asked = false;
        while is_alive(*pid) {
            if began.elapsed() > SUPERVISOR_WITHIN && is_asked {
                end(layout, *pid).await?;
            } else if !is_asked && began.elapsed() > POLL * 4 {
                is_asked = true;
                send_signal(layout, *pid, Signal::Term);
            }
            tokio::time::sleep(POLL).await;
        }
    }
    Ok(())
}

/// Kills a process that does not react.
async fn end(layout: &Layout, pid: u32) -> Result<(), ProcessError> {
    send_signal(layout, pid, Signal::Kill);
    for _ in 0..40 {
        if !is_alive(pid) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err(ProcessError::NotStopped(pid))
}
