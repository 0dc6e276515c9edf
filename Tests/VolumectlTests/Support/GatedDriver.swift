import Foundation
import TestKit
import Testing

/// A pool of an external driver whose calls wait at gates that the test closes and opens.
struct GatedDriver {
    /// The directory of the volumes' files and the gates.
    let directory = ScratchDirectory.path + "/gated"

    /// Configures the pool as the only one.
    ///
    /// - Parameter timeLimit: of one call, in seconds.
    func configure(timeLimit: Int = 3600) throws -> [String: String] {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let program = try Scratch.write(Self.program, to: "gated-driver")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        let configuration = try Scratch.write(
            """
            enabled-pools: [gated]
            pools:
              gated:
                driver: external
                command: [\(program), \(directory)]
                time-limit: \(timeLimit)
            """
        )
        return ["VOLUMECTL_CONFIG": configuration]
    }

    /// Lets calls of `operation` wait from now on.
    func close(_ operation: String) throws { try Data().write(to: URL(filePath: directory + "/hold-" + operation)) }

    /// Lets them continue.
    func open(_ operation: String) throws {
        try FileManager.default.removeItem(atPath: directory + "/hold-" + operation)
    }

    /// Lets calls of `operation` fail from now on.
    func breakDown(_ operation: String) throws {
        try Data().write(to: URL(filePath: directory + "/fail-" + operation))
    }

    /// Lets them succeed again.
    func repair(_ operation: String) throws {
        try FileManager.default.removeItem(atPath: directory + "/fail-" + operation)
    }

    /// Lets all continue except the one of `process`.
    func open(_ operation: String, exceptFor process: String) throws {
        try FileManager.default.moveItem(
            atPath: directory + "/hold-" + operation,
            toPath: directory + "/held-" + process
        )
    }

    /// Returns the process of a call of `operation` when that has reached its gate.
    @discardableResult
    func arrival(at operation: String) async throws -> String {
        let trace = directory + "/inside-" + operation
        try await eventually { FileManager.default.fileExists(atPath: trace) }
        defer { try? FileManager.default.removeItem(atPath: trace) }
        return try String(contentsOfFile: trace, encoding: .utf8)
    }

    /// Lets the driver kill its caller, a call of the program, when it is at work on `operation`, and returns the driver's
    /// process. A test on a busy machine could come too late.
    @discardableResult
    func kill(in operation: String, _ arguments: String..., with variables: [String: String]) async throws -> String {
        try close(operation)
        try Data().write(to: URL(filePath: directory + "/kill-" + operation))
        let caller = try Background(arguments, with: variables)
        let process = try await arrival(at: operation)
        #expect(await caller.status() == nil)
        return process
    }

    /// The files of the existing volumes.
    var volumes: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasPrefix("volume-") }.sorted()
        }
    }

    /// The calls that change something, each with its start and end.
    var log: [String] {
        get throws {
            try String(contentsOfFile: directory + "/log", encoding: .utf8).split(separator: "\n").map(String.init)
        }
    }

    private static let program = """
        #!/usr/bin/python3
        import json, os, signal, sys, time
        root, question = sys.argv[1], json.load(sys.stdin)
        operation = question["operation"]
        path = os.path.join(root, "volume-" + question.get("volume", ""))
        def log(event):
            with open(os.path.join(root, "log"), "a") as file: file.write(operation + " " + event + "\\n")
        def gate():
            log("begins")
            trace = os.path.join(root, "inside-" + operation)
            with open(trace + "-", "w") as file: file.write(str(os.getpid()))
            os.rename(trace + "-", trace)
            kill = os.path.join(root, "kill-" + operation)
            if os.path.exists(kill):
                os.unlink(kill)
                os.kill(os.getppid(), signal.SIGKILL)
            held = [os.path.join(root, "hold-" + operation), os.path.join(root, "held-%d" % os.getpid())]
            while any(map(os.path.exists, held)): time.sleep(0.01)
        result = {}
        if os.path.exists(os.path.join(root, "fail-" + operation)):
            if operation == "create": open(path, "a").close()
            sys.exit(1)
        if operation == "capabilities":
            result = {"thin": True, "granule": 4096, "features": [], "image_formats": [], "export_types": []}
        elif operation == "capacity":
            while os.path.exists(os.path.join(root, "hold-capacity")): time.sleep(0.01)
            result = {"total": 1 << 40, "free": 1 << 40}
        elif operation == "list": result = {"volumes": []}
        elif operation == "inspect":
            there = os.path.exists(path)
            result = {"presence": "complete", "size": os.path.getsize(path)} if there else {"presence": "absent"}
        elif operation == "create":
            gate()
            with open(path, "a") as file: file.truncate(question["size"])
            log("ends")
        elif operation == "delete":
            gate()
            if os.path.exists(path): os.unlink(path)
            log("ends")
        print(json.dumps({"protocol": 1, "result": result}))
        """
}
