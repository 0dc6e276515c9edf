import Exports
import Foundation
import Programs
import TestKit
import Testing
import VolumeDriver

/// The life of NBD servers, and the absence of leftovers after any end.
@Suite(.needsNBD, .scratchDirectory)
struct NBDServerTests {
    @Test func `clients see the served file: its size, its name and every byte`() async throws {
        let shop = try Workshop()
        let export = try await shop.server.start(shop.name, shop.source, "serve")
        #expect(export.uri == "nbd+unix:///\(shop.name)?socket=\(shop.directory)/\(shop.name)")
        let size = try await shop.run("nbdinfo", "--size", export.uri)
        #expect(size.output == "1048576\n")
        let copy = ScratchDirectory.path + "/copy"
        #expect(try await shop.run("nbdcopy", export.uri, copy).isSuccess)
        #expect(try Data(contentsOf: URL(filePath: copy)) == shop.content)
        let zeros = ScratchDirectory.path + "/zeros"
        try Data(count: 1 << 20).write(to: URL(filePath: zeros))
        #expect(try await shop.run("nbdcopy", "--flush", zeros, export.uri).isSuccess)
        try await shop.server.stop(shop.name, "stop")
        #expect(try Data(contentsOf: URL(filePath: shop.image)) == Data(count: 1 << 20))
        #expect(shop.leftovers == [])
        #expect(shop.processes == [])
    }

    @Test func `starting a server again returns the same one`() async throws {
        let shop = try Workshop()
        let first = try await shop.server.start(shop.name, shop.source, "serve")
        let processes = shop.processes
        #expect(try await shop.server.start(shop.name, shop.source, "serve") == first)
        #expect(shop.server.export(of: shop.name) == first)
        #expect(shop.processes == processes)
        for _ in 1...2 { try await shop.server.stop(shop.name, "stop") }
        #expect(shop.server.export(of: shop.name) == nil)
        #expect(shop.processes == [])
    }

    @Test func `concurrent starts of one server all return the same one`() async throws {
        let shop = try Workshop()
        let exports = try await withThrowingTaskGroup(of: VolumeExport.self) { group in
            for _ in 1...4 { group.addTask { try await shop.server.start(shop.name, shop.source, "serve") } }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(exports.count == 1)
        #expect(shop.processes.count == 1)
        try await shop.server.stop(shop.name, "stop")
        #expect(shop.processes == [])
    }

    @Test func `a server that was killed does not serve, and is replaced`() async throws {
        let shop = try Workshop()
        let export = try await shop.server.start(shop.name, shop.source, "serve")
        let pid = try #require(shop.processes.first)
        kill(pid, SIGKILL)
        try await eventually { shop.processes.isEmpty }
        #expect(shop.leftovers != [])
        #expect(shop.server.export(of: shop.name) == nil)
        #expect(try await shop.server.start(shop.name, shop.source, "serve") == export)
        #expect(try await shop.run("nbdinfo", "--size", export.uri).output == "1048576\n")
        try await shop.server.stop(shop.name, "stop")
        #expect(shop.leftovers == [])
    }

    @Test func `a server without its pid file is found and ended`() async throws {
        let shop = try Workshop()
        _ = try await shop.server.start(shop.name, shop.source, "serve")
        try FileManager.default.removeItem(atPath: "\(shop.directory)/\(shop.name).pid")
        #expect(shop.server.export(of: shop.name) != nil)
        try await shop.server.stop(shop.name, "stop")
        #expect(shop.processes == [])
    }

    @Test func `another process whose number is in a pid file is left alone`() async throws {
        let shop = try Workshop()
        _ = try await shop.server.start(shop.name, shop.source, "serve")
        try await shop.server.stop(shop.name, "stop")
        let sleeper = try ProcessStart(arguments: ["sleep", "600"], environment: [], files: []).execute("/bin/sleep")
        defer {
            kill(sleeper, SIGKILL)
            waitpid(sleeper, nil, 0)
        }
        let text = Data("\(sleeper)\n".utf8)
        try text.write(to: URL(filePath: "\(shop.directory)/\(shop.name).pid"))
        #expect(shop.server.export(of: shop.name) == nil)
        try await shop.server.stop(shop.name, "stop")
        #expect(waitpid(sleeper, nil, WNOHANG) == 0)
        #expect(shop.leftovers == [])
    }

    @Test func `a server with a connected client stays`() async throws {
        let shop = try Workshop()
        let export = try await shop.server.start(shop.name, shop.source, "serve")
        let client = Task {
            try await shop.run("qemu-io", "-f", "raw", "-c", "read 0 4096", "-c", "sleep 3600000", export.uri)
        }
        try await eventually { try shop.isConnected() }
        let error = await #expect(throws: DriverError.self) { try await shop.server.stop(shop.name, "stop") }
        #expect(error?.code == .busy)
        #expect(shop.processes.count == 1)
        client.cancel()
        _ = try? await client.value
        try await eventually { try !shop.isConnected() }
        try await shop.server.stop(shop.name, "stop")
        #expect(shop.processes == [])
    }

    @Test func `a read-only server refuses writes, says that it does, and is not taken for a writable one`()
        async throws
    {
        let shop = try Workshop()
        let export = try await shop.server.start(shop.name, shop.source, isReadOnly: true, "serve")
        #expect(export.isReadOnly && shop.server.export(of: shop.name) == export)
        #expect(try await shop.server.start(shop.name, shop.source, isReadOnly: true, "serve") == export)
        let write = try await shop.run("qemu-io", "-f", "raw", "-c", "write -P 7 0 4096", export.uri)
        #expect(!write.isSuccess)
        #expect(try await shop.run("nbdcopy", export.uri, ScratchDirectory.path + "/copy").isSuccess)
        #expect(try Data(contentsOf: URL(filePath: shop.image)) == shop.content)
        let error = await #expect(throws: DriverError.self) {
            try await shop.server.start(shop.name, shop.source, "serve")
        }
        #expect(error?.code == .refused && error?.remedy == "end its export first")
        try await shop.server.stop(shop.name, "stop")
        let writable = try await shop.server.start(shop.name, shop.source, "serve")
        #expect(!writable.isReadOnly)
        await #expect(throws: DriverError.self) {
            try await shop.server.start(shop.name, shop.source, isReadOnly: true, "serve")
        }
        #expect(shop.server.export(of: shop.name) == writable)
        try await shop.server.stop(shop.name, "stop")
        #expect(shop.processes == [])
    }

    @Test func `a failed start leaves neither a process nor a file`() async throws {
        let shop = try Workshop()
        let missing = NBDImage.file(ScratchDirectory.path + "/missing", format: .raw)
        let error = await #expect(throws: DriverError.self) {
            try await shop.server.start(shop.name, missing, "serve")
        }
        #expect(error?.cause?.contains("missing") == true)
        #expect(shop.leftovers == [])
        #expect(shop.processes == [])
    }

    @Test func `a server for one client ends with it`() async throws {
        let shop = try Workshop()
        let export = try await shop.server.start(shop.name, shop.source, for: .oneClient, "serve")
        #expect(try await shop.run("nbdcopy", "--connections=1", export.uri, "null:").isSuccess)
        try await eventually { shop.processes.isEmpty }
        try await shop.server.stop(shop.name, "stop")
        #expect(shop.leftovers == [])
    }

    @Test func `a directory that others may write to, and a path that no socket can have, are refused`() async throws {
        let shop = try Workshop()
        try FileManager.default.createDirectory(atPath: shop.directory, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: shop.directory)
        let long = ScratchDirectory.path + "/" + String(repeating: "x", count: 100)
        for directory in [shop.directory, long] {
            let error = await #expect(throws: DriverError.self) {
                try await NBDServer(directory: directory).start(shop.name, shop.source, "serve")
            }
            #expect(error?.code == .broken)
            #expect(error?.remedy != nil)
        }
        let server = NBDServer(directory: long)
        #expect(!server.isUsable && server.finding.remedy != nil)
        #expect(server.export(of: shop.name) == nil)
        try await server.stop(shop.name, "stop")
        #expect(shop.processes == [])
    }
}

extension Workshop {
    /// Whether the server has a client, according to the kernel.
    fileprivate func isConnected() throws -> Bool {
        let table = try String(contentsOfFile: "/proc/net/unix", encoding: .utf8)
        return table.split(separator: "\n").contains { $0.hasSuffix(" \(directory)/\(name)") && $0.contains(" 03 ") }
    }
}
