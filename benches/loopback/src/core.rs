use std::io;
use std::mem;

/// The cores that the process may use, one for the client and one for the servers.
#[derive(Debug, Clone, Copy)]
pub struct Cores {
    /// That of the client.
    pub client: usize,
    /// That of the servers.
    pub server: usize,
}

impl Cores {
    /// Finds two cores.
    ///
    /// # Errors
    /// There is only one, or the system does not tell.
    pub fn find() -> io::Result<Self> {
        #[expect(unsafe_code, reason = "functions of the C library about this thread")]
        // SAFETY: a set of cores is an array of bits, which may all be zero, of the size that is said.
        let cores: Vec<usize> = unsafe {
            let mut set: libc::cpu_set_t = mem::zeroed();
            if libc::sched_getaffinity(THIS_THREAD, SIZE, &mut set) != 0 {
                return Err(io::Error::last_os_error());
            }
            (0..8 * SIZE).filter(|core| libc::CPU_ISSET(*core, &set)).collect()
        };
        match cores[..] {
            [client, server, ..] => Ok(Self { client, server }),
            _ => Err(io::Error::other("client and server need a core each")),
        }
    }
}

/// Keeps this thread on one core, and those that it starts from now on.
///
/// Else the system puts client and server on the same one, as each waits for the other, and they share its time.
///
/// # Errors
/// The system does not let it happen.
pub fn keep_to(core: usize) -> io::Result<()> {
    #[expect(unsafe_code, reason = "functions of the C library about this thread")]
    // SAFETY: as above; `CPU_SET` checks the bounds.
    let done = unsafe {
        let mut set: libc::cpu_set_t = mem::zeroed();
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(THIS_THREAD, SIZE, &set)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

const THIS_THREAD: libc::pid_t = 0;
const SIZE: usize = size_of::<libc::cpu_set_t>();
