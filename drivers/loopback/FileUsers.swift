import CLinux
import Glibc
import SystemPackage
import VolumeDriver

/// Who has a file open.
enum FileUsers {
    /// Fails if anybody but this call has the file open.
    ///
    /// - Parameters:
    ///   - held: the file; `nil` if this user may not open it.
    ///   - path: where a person finds it.
    static func check(_ held: HeldFile?, _ status: Stat, at path: String) throws(DriverError) {
        func users() -> [String] { processes(with: status, except: held?.file.descriptor) }
        // Other calls have it open for a moment, and who ends closes it a moment after.
        for _ in 1...200 {
            let isOpen: Bool
            do throws(Errno) {
                isOpen = try held?.file.isOpenElsewhere() ?? !users().isEmpty
            } catch {
                throw DriverError(error, "cannot tell if file '\(path)' is in use")
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

    /// The processes that have it open, as far as this user may see them: `4711 (dd)`.
    ///
    /// - Parameter own: this process's descriptor of the file that does not count.
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
    /// Whether it is open a second time, in this process or in any other; `nil` where the file system can't tell.
    ///
    /// The kernel grants a lease on a file for writing only to who alone has it open. It is given back at once: who opens the
    /// file meanwhile waits, or is told to try again.
    func isOpenElsewhere() throws(Errno) -> Bool? {
        // Of who waits for it a process hears by a signal, which would end it; this one is ignored by default.
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
