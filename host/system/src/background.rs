//! Work that can wait: it leaves the processor to everything else.

/// Lowest priority that a thread can have, by POSIX.
const LOWEST: i32 = 19;

/// Gives the calling thread, and those that it starts from now on, the lowest priority. Where the system refuses, it
/// stays as it is: the work is the same.
pub fn step_back() {
    // On Linux this is the calling thread alone, whatever the name says: see setpriority(2), "C library/kernel
    // differences".
    let _ = rustix::process::setpriority_process(None, LOWEST);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_steps_back_changes_no_other() {
        let own = || rustix::process::getpriority_process(None).unwrap();
        let before = own();
        let lowered = std::thread::spawn(move || {
            step_back();
            (own(), std::thread::spawn(own).join().unwrap())
        });
        assert_eq!(lowered.join().unwrap(), (LOWEST, LOWEST));
        assert_eq!(own(), before);
    }
}
