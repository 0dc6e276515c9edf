import Foundation
import TestKit
import Testing

/// A pool of an external driver whose calls are held while the process that makes them is killed.
struct HeldDriver {
    let pool = ScratchDirectory.path + "/pool"

    /// Makes it the only pool.
    func configure(timeLimit: Int = 300) throws -> [String: String] {
        try FileManager.default.createDirectory(atPath: pool, withIntermediateDirectories: true)
        let program = try Scratch.write(Self.driver, to: "driver")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let configuration = try Scratch.write(
            """
            enabled-pools: [slow]
            pools:
              slow: {driver: external, command: [\(program), \(pool)], time-limit: \(timeLimit)}
            """
        )
        return ["VOLUMECTL_CONFIG": configuration]
    }

    /// Has the next call of `operation` wait, and kills the process that has made it.
    func kill(in operation: String, _ arguments: [String], _ variables: [String: String]) async throws {
        try Data().write(to: URL(filePath: "\(pool)/hold-\(operation)"))
        let process = Process()
        process.executableURL = URL(filePath: try #require(Command.program))
        process.arguments = arguments
        process.environment = Command(arguments: arguments, variables: variables).environment
        for stream in [\Process.standardInput, \.standardOutput, \.standardError] {
            process[keyPath: stream] = FileHandle.nullDevice
        }
        try process.run()
        try await eventually { Scratch.exists("\(pool)/inside-\(operation)") }
        Glibc.kill(process.processIdentifier, SIGKILL)
        try await eventually { !process.isRunning }
    }

    /// Lets the call go on.
    func release(_ operation: String) throws {
        try FileManager.default.removeItem(atPath: "\(pool)/hold-\(operation)")
    }

    /// The files of the volumes that are there.
    var volumes: [String] { Scratch.volumeFiles(in: pool).filter { $0.hasPrefix("volume-") } }

    /// The driver's calls that change something, each with its beginning and its end.
    var log: [String] {
        get throws {
            try String(contentsOfFile: pool + "/log", encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    /// Waits until `condition` holds.
    func until(_ condition: () async throws -> Bool) async throws { try await eventually(condition) }

    private static let driver = """
        #!/usr/bin/python3
        import json, os, sys, time
        root, question = sys.argv[1], json.load(sys.stdin)
        operation = question["operation"]
        path = os.path.join(root, "volume-" + question.get("volume", ""))
        def log(event):
            with open(os.path.join(root, "log"), "a") as file: file.write(operation + " " + event + "\\n")
        def work():
            log("begins")
            name = os.path.join(root, "inside-" + operation)
            with open(name + "-", "w") as file: file.write(str(os.getpid()))
            os.rename(name + "-", name)
            held = [os.path.join(root, "hold-" + operation), os.path.join(root, "held-%d" % os.getpid())]
            while os.path.exists(held[0]) or os.path.exists(held[1]): time.sleep(0.01)
        result = {}
        if operation == "capabilities":
            result = {"thin": True, "granule": 4096, "features": [], "image_formats": [], "export_types": []}
        elif operation == "capacity": result = {"total": 1 << 40, "free": 1 << 40}
        elif operation == "list": result = {"volumes": []}
        elif operation == "inspect":
            there = os.path.exists(path)
            result = {"presence": "complete", "size": os.path.getsize(path)} if there else {"presence": "absent"}
        elif operation == "create":
            work()
            with open(path, "a") as file: file.truncate(question["size"])
            log("ends")
        elif operation == "delete":
            work()
            if os.path.exists(path): os.unlink(path)
            log("ends")
        print(json.dumps({"protocol": 1, "result": result}))
        """
}
