//! CPU time of other processes.

use std::cell::OnceCell;
use std::sync::Arc;

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::model::Meter;

/// Measures the CPU usage of member processes between calls.
#[derive(Default)]
pub struct CpuMeter {
    // Created at the first measurement, which most runs never make; `None` if the system provides no data.
    system: OnceCell<Option<System>>,
}

impl CpuMeter {
    /// Stores each process's CPU usage since the last call in its meter; zero at the first call. The meter of a process
    /// that has exited keeps its value.
    pub fn measure(&mut self, processes: &[(u32, Arc<Meter>)]) {
        let pids: Vec<_> = processes.iter().map(|(pid, _)| Pid::from_u32(*pid)).collect();
        let wanted = ProcessRefreshKind::nothing().with_cpu();
        self.system.get_or_init(|| System::new().ok());
        let Some(Some(system)) = self.system.get_mut() else { return };
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&pids), true, wanted);
        for (pid, meter) in processes {
            if let Some(process) = system.process(Pid::from_u32(*pid)) {
                meter.set_cpu((process.cpu_usage() * 10.0) as u32);
            }
        }
    }
}
