import CLinux
import Glibc
import SystemPackage
import VolumeDriver

/// Finds the processes that have a file open.
enum FileUsers {
    /// Throws `busy` if anything but this call has the file open.
    ///
    /// - Parameters:
    ///   - held: the file; `nil` if this user can't open it.
    ///   - path: the path for errors.
    static func check(_ held: HeldFile?, _ status: Stat, at path: String) throws(DriverError) {
        func users() -> [String] { processes(with: status, except: held?.file.descriptor) }
        // Other calls have the file open for a moment, and an ending program closes it a moment later.
        for _ in 1...200 {
            let isOpen: Bool
            do throws(Errno) {
                isOpen = try held?.file.isOpenElsewhere() ?? !users().isEmpty
            } catch {
                throw DriverError(error, "cannot determine whether file '\(path)' is in use")
            }
            if !isOpen { return }
            usleep(5000)
        }
        let names = users()
        let who =
            switch names.count {
            case 0: "a process that this user can't see"
            case 1: "process \(names[0])"
            default: "processes \(names.prefix(3).joined(separator: ", "))" + (names.count > 3 ? " and others" : "")
            }
        throw DriverError(
            .busy,
            "file '\(path)' is open in \(who)",
            remedy: "end what uses it: `fuser -v '\(path)'`"
        )
    }

    /// Returns the processes that have the file open, as far as this user can see them: `4711 (dd)`.
    ///
    /// - Parameter own: this process's own descriptor of the file, which does not count.
    private static func processes(with file: Stat, except own: FileDescriptor?) -> [String] {
        let processes = (try? OpenFile("/proc", .readOnly, .directory).names().compactMap { pid_t($0) }) ?? []
        return processes.sorted().filter { has($0, file, own) }.map { "\($0) (\(command($0)))" }
    }

    private static func has(_ process: pid_t, _ file: Stat, _ own: FileDescriptor?) -> Bool {
        let folder = "/proc/\(process)/fd"
        guard let descriptors = try? OpenFile(folder, .readOnly, .directory).names() else { return false }
        return descriptors.contains { descriptor in
            if process == getpid(), descriptor == own.map({ "\($0.rawValue)" }) { return false }
            guard let status = try? Stat(FilePath("\(folder)/\(descriptor)")) else { return false }
            return status.inode == file.inode && status.deviceID == file.deviceID
        }
    }

    private static func command(_ process: pid_t) -> String {
        let name = try? OpenFile("/proc/\(process)/comm", .readOnly).text(upTo: 64)
        return name?.filter { !$0.isNewline } ?? "?"
    }
}

extension OpenFile {
    /// Whether the file is open more than once, in any process; `nil` if the file system can't tell.
    ///
    /// The kernel grants a write lease only if the file is open once. The lease is released at once: a program that
    /// opens the file meanwhile waits, or has to try again.
    func isOpenElsewhere() throws(Errno) -> Bool? {
        // The kernel signals a lease break, by default with a signal that would end the process. SIGURG is ignored by
        // default.
        _ = fcntl(descriptor.rawValue, clinux_f_setsig, SIGURG)
        do throws(Errno) {
            _ = try systemCall { fcntl(descriptor.rawValue, clinux_f_setlease, F_WRLCK) }
            _ = fcntl(descriptor.rawValue, clinux_f_setlease, F_UNLCK)
            return false
        } catch {
            if error == .wouldBlock { return true }
            if [.invalidArgument, .permissionDenied, .noLocks, .notSupported].contains(error) { return nil }
            throw error
        }
    }
}
