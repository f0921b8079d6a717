//! Who may see which tool. Asked inside every scan, so that neither results nor scores tell of a hidden tool.

use weir_model::ToolId;

/// One principal's view of the catalog.
pub trait Access: Send + Sync {
    fn sees(&self, tool: &ToolId) -> bool;

    /// `true` only when `sees` would never say no: lets a scan skip asking.
    fn sees_everything(&self) -> bool {
        false
    }
}

/// Sees every tool: a gateway with one user, and tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct Everything;

impl Access for Everything {
    fn sees(&self, _tool: &ToolId) -> bool {
        true
    }

    fn sees_everything(&self) -> bool {
        true
    }
}
