import Foundation
import TestKit

/// A driver that keeps volumes as files, and notes each call that changes something, and each change.
struct FaultDriver {
    /// A line of the notes.
    struct Note: Decodable {
        /// `begin` and `end` of a call; `made` and `removed` for an object.
        let what: String
        /// The operation, or the object and its pool.
        let subject: String
        /// The host and the process that made the call.
        let host: String
        let caller: Int32
        /// When the driver's process was started, in seconds since the machine was, to a hundredth.
        let start: Double
    }

    let path: String
    /// The directory of the notes.
    let directory: String

    init() throws {
        directory = try Scratch.directory("faults")
        path = try Scratch.write(Self.program, to: "fault-driver")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// The command for a pool, as a list of YAML.
    func command(for pool: String) throws -> String {
        let driver = URL(filePath: #filePath).appending(path: "../../../../drivers/external/example/directory-driver")
        return "[\(path), \(driver.standardized.path), \(directory), \(try Scratch.directory(pool))]"
    }

    /// Lets the next call from a host that changes something take this long before it does anything.
    func delay(_ host: String, by time: Duration) throws {
        try Data("\(time / .seconds(1))".utf8).write(to: URL(filePath: "\(directory)/slow-\(host)"), options: .atomic)
    }

    /// Returns whether a call has taken the delay.
    func isDelayed(_ host: String) -> Bool { !Scratch.exists("\(directory)/slow-\(host)") }

    func forgetDelay(_ host: String) { try? FileManager.default.removeItem(atPath: "\(directory)/slow-\(host)") }

    var notes: [Note] {
        get throws {
            guard let text = FileManager.default.contents(atPath: directory + "/notes") else { return [] }
            return try text.split(separator: UInt8(ascii: "\n")).map { try JSONDecoder().decode(Note.self, from: $0) }
        }
    }

    private static let program = """
        #!/usr/bin/python3 -ISB
        import importlib.machinery, importlib.util, io, json, os, sys, time
        source, notes, directory = sys.argv[1:4]
        loader = importlib.machinery.SourceFileLoader("driver", source)
        driver = importlib.util.module_from_spec(importlib.util.spec_from_loader("driver", loader))
        loader.exec_module(driver)
        text = sys.stdin.buffer.read()
        request = json.loads(text)
        sys.stdin, sys.argv = io.TextIOWrapper(io.BytesIO(text)), [source, directory]
        host, caller = os.uname().nodename, os.getppid()
        with open("/proc/self/stat") as file:
            start = int(file.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")

        def note(what, subject):
            line = {"what": what, "subject": subject, "host": host, "caller": caller, "start": start}
            file = os.open(notes + "/notes", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.write(file, json.dumps(line).encode() + b"\\n")
            os.close(file)

        def put(self, name, fill, put=driver.Pool.put):
            put(self, name, fill)
            if name[0] != ".": note("made", directory + "/" + name)

        def remove(self, name, remove=driver.Pool.remove):
            is_there = name[0] != "." and self.open(name) is not None
            remove(self, name)
            if is_there: note("removed", directory + "/" + name)

        driver.Pool.put, driver.Pool.remove = put, remove
        if "operation_id" not in request: sys.exit(driver.main())
        note("begin", request["operation"])
        try:
            slow = "%s/taken-%d" % (notes, os.getpid())
            os.rename(notes + "/slow-" + host, slow)
            with open(slow) as file: time.sleep(float(file.read()))
        except FileNotFoundError: pass
        status = driver.main()
        note("end", request["operation"])
        sys.exit(status)
        """
}
