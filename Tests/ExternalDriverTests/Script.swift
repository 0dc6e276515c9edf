import ExternalDriver
import Foundation
import TestKit
import Testing
import VolumeDriver

/// An executable of the test's own: what it says is written in the test.
enum Script {
    /// A driver that answers `capabilities` properly, and does `otherwise` for any other request.
    static func driver(
        thin: Bool = true,
        features: [String] = DriverFeatures.all.names,
        timeLimit: Duration = .seconds(600),
        otherwise: String
    ) async throws -> ExternalDriver {
        let capabilities = """
            {"protocol": 1, "result": {"thin": \(thin), "granule": 512, "features": \(features), "image_formats": ["raw"],
             "export_types": ["nbd"], "location": "pool/{volume}"}}
            """
        return try await driver(
            timeLimit: timeLimit,
            body: """
                request=$(cat)
                printf '%s' "$request" >"$0.request"
                case $request in
                *'"operation":"capabilities"'*) printf '%s' '\(capabilities)' ;;
                *) \(otherwise) ;;
                esac
                """
        )
    }

    /// A driver whose whole text is `body`.
    static func driver(timeLimit: Duration = .seconds(600), body: String) async throws -> ExternalDriver {
        await ExternalDriver(try ExternalCommand(try write(body)), timeLimit: timeLimit)
    }

    /// A driver that answers any request but `capabilities` with `reply`.
    static func replying(_ reply: String, status: Int = 0) async throws -> ExternalDriver {
        try await driver(otherwise: "printf '%s' '\(reply)'; exit \(status)")
    }

    /// What the last execution has read.
    static func request() throws -> [String: any Sendable] {
        let data = try Data(contentsOf: URL(filePath: path + ".request"))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: any Sendable])
    }

    static var path: String { ScratchDirectory.path + "/driver" }

    private static func write(_ body: String) throws -> String {
        try Data("#!/bin/sh\n\(body)\n".utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }
}

extension Trait where Self == ConditionTrait {
    /// Only where the example can be run.
    static var needsPython: Self {
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"),
            "needs python3: Scripts/install-dependencies python3"
        )
    }
}

/// The example that authors begin with.
enum Example {
    static let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "drivers/external/example/directory-driver").path

    static var pool: String { ScratchDirectory.path + "/pool" }

    static func driver() async throws -> ExternalDriver {
        await ExternalDriver(try ExternalCommand(path, [pool]))
    }
}
