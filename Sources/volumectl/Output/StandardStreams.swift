internal import Foundation

enum StandardStreams {
    /// Opens `/dev/null` for every standard stream that the program was started without.
    ///
    /// Otherwise the next file to be opened, perhaps the database, would get the stream's descriptor, and messages
    /// would be written into it. The replacement can't be used in the stream's direction, so that results are not lost
    /// silently.
    static func occupy() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
