internal import Foundation

/// Standard input, output and error.
enum StandardStreams {
    /// Puts something in the place of those that the program was started without.
    ///
    /// Else the next file that is opened, which may be the database's, takes the place, and what is meant for people is
    /// written into it. What is put there can't be used, so that results don't get lost without a word.
    static func occupy() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
