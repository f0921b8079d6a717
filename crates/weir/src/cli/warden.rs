//! `weir warden`: ends the upstreams' processes when the gateway is gone. Started by the gateway, never by people.

use std::process::ExitCode;

pub fn main() -> ExitCode {
    weir_upstream::warden::main()
}
