import Foundation
import TestKit
import Testing

/// A pool of an external driver whose calls wait at gates that the test closes and opens.
struct GatedDriver {
    /// Where the volumes' files are, and the gates.
    let directory = ScratchDirectory.path + "/gated"

    /// Makes the pool the only one.
    func configure() throws -> [String: String] {
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
                time-limit: 300
            """
        )
        return ["VOLUMECTL_CONFIG": configuration]
    }

    /// Lets calls of `operation` wait from now on.
    func close(_ operation: String) throws { try Data().write(to: URL(filePath: directory + "/hold-" + operation)) }

    /// Lets them go on.
    func open(_ operation: String) throws {
        try FileManager.default.removeItem(atPath: directory + "/hold-" + operation)
    }

    /// Returns when a call of `operation` has come to its gate.
    func arrival(at operation: String) async throws {
        let trace = directory + "/inside-" + operation
        try await eventually { FileManager.default.fileExists(atPath: trace) }
        try FileManager.default.removeItem(atPath: trace)
    }

    /// The files of the volumes that are there.
    var volumes: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasPrefix("volume-") }.sorted()
        }
    }

    private static let program = """
        #!/usr/bin/python3
        import json, os, sys, time
        root, question = sys.argv[1], json.load(sys.stdin)
        operation = question["operation"]
        path = os.path.join(root, "volume-" + question.get("volume", ""))
        def gate():
            open(os.path.join(root, "inside-" + operation), "w").close()
            while os.path.exists(os.path.join(root, "hold-" + operation)): time.sleep(0.01)
        result = {}
        if operation == "capabilities":
            result = {"thin": True, "granule": 4096, "features": [], "image_formats": [], "export_types": []}
        elif operation == "capacity": result = {"total": 1 << 40, "free": 1 << 40}
        elif operation == "list": result = {"volumes": []}
        elif operation == "inspect":
            there = os.path.exists(path)
            result = {"presence": "complete", "size": os.path.getsize(path)} if there else {"presence": "absent"}
        elif operation == "create":
            gate()
            with open(path, "a") as file: file.truncate(question["size"])
        elif operation == "delete":
            gate()
            if os.path.exists(path): os.unlink(path)
        print(json.dumps({"protocol": 1, "result": result}))
        """
}
