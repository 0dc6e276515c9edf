import Foundation
import Glibc
import Testing

@testable import Varlink

/// The files of sockets, and sockets that others have created.
@Suite struct ListenerTests {
    private func inDirectory(_ body: (String) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/varlink-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    private func names(in directory: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory)
    }

    /// Leaves a socket behind, like a process that was killed.
    private func leaveSocket(at path: String) throws {
        let socket = try SocketAddress.makeSocket(.cannotListen)
        try #require(SocketAddress.with(path, { bind(socket.number, $0, $1) }) == 0)
    }

    @Test(arguments: [0o600, 0o666] as [UInt32])
    func `a socket has the mode that it is given, and no other file is left`(mode: UInt32) async throws {
        try await inDirectory { directory in
            let path = directory + "/s"
            let listener = try Listener.create(at: path, mode: mode)
            var status = stat()
            #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == mode)
            #expect(try names(in: directory) == ["s"])
            _ = listener
        }
    }

    @Test func `a dead socket is replaced`() async throws {
        try await inDirectory { directory in
            try leaveSocket(at: directory + "/s")
            let listener = try Listener.create(at: directory + "/s")
            #expect(try names(in: directory) == ["s"])
            async let accepted = listener.accept()
            _ = try await Client.connect(to: directory + "/s")
            #expect(try await accepted != nil)
        }
    }

    @Test func `a socket that somebody listens on is left alone`() async throws {
        try await inDirectory { directory in
            let first = try Listener.create(at: directory + "/s")
            let error = #expect(throws: VarlinkError.self) { try Listener.create(at: directory + "/s") }
            #expect(error?.code == .cannotListen)
            #expect(error?.message.contains("another process") == true)
            #expect(try names(in: directory) == ["s"])
            async let accepted = first.accept()
            _ = try await Client.connect(to: directory + "/s")
            #expect(try await accepted != nil)
        }
    }

    @Test func `what is no socket is left alone`() async throws {
        try await inDirectory { directory in
            try "precious".write(toFile: directory + "/file", atomically: false, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: directory + "/link", withDestinationPath: "s")
            try FileManager.default.createDirectory(atPath: directory + "/dir", withIntermediateDirectories: false)
            for name in ["file", "link", "dir"] {
                #expect(throws: VarlinkError.self) { try Listener.create(at: directory + "/" + name) }
            }
            #expect(try names(in: directory).sorted() == ["dir", "file", "link"])
            #expect(try String(contentsOfFile: directory + "/file", encoding: .utf8) == "precious")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func `a dead socket of another user is left alone`() async throws {
        try await inDirectory { directory in
            try leaveSocket(at: directory + "/s")
            try #require(chown(directory + "/s", 65534, 65534) == 0)
            #expect(throws: VarlinkError.self) { try Listener.create(at: directory + "/s") }
            #expect(try names(in: directory) == ["s"])
        }
    }

    @Test func `of many that start at the same time, one gets a dead socket's place`() async throws {
        try await inDirectory { directory in
            try leaveSocket(at: directory + "/s")
            let listeners = await withTaskGroup { group in
                for _ in 1...20 { group.addTask { try? Listener.create(at: directory + "/s") } }
                return await group.reduce(into: [Listener]()) { if let listener = $1 { $0.append(listener) } }
            }
            #expect(listeners.count == 1)
            #expect(try names(in: directory) == ["s"])
        }
    }

    @Test func `who takes a dead socket's place at the last moment keeps it`() async throws {
        try await inDirectory { directory in
            let path = directory + "/s"
            try leaveSocket(at: path)
            let late = try SocketAddress.makeSocket(.cannotListen)
            var first: Listener?
            let error = #expect(throws: VarlinkError.self) {
                try SocketFile(binding: late, at: path, mode: 0o600) {
                    if first == nil { first = try? Listener.create(at: path) }
                }
            }
            #expect(error?.message.contains("another process") == true)
            let left = try names(in: directory)
            #expect(left == ["s"])
            async let accepted = first?.accept()
            _ = try await Client.connect(to: path)
            #expect(try await accepted != nil)
        }
    }

    @Test func `the file of another socket is not removed at the end`() async throws {
        try await inDirectory { directory in
            do {
                let listener = try Listener.create(at: directory + "/s")
                try FileManager.default.removeItem(atPath: directory + "/s")
                try leaveSocket(at: directory + "/s")
                _ = listener
            }
            #expect(try names(in: directory) == ["s"])
        }
    }

    @Test func `a path that no client could use is refused`() async throws {
        try await inDirectory { directory in
            let long = directory + "/" + String(repeating: "x", count: 108 - directory.utf8.count)
            let error = #expect(throws: VarlinkError.self) { try Listener.create(at: long) }
            #expect(error?.advice?.contains("107") == true)
            #expect(throws: VarlinkError.self) { try Listener.create(at: directory + "/none/s") }
            #expect(throws: VarlinkError.self) { try Listener.create(at: directory + "/") }
            let left = try names(in: directory)
            #expect(left.isEmpty)
        }
    }

    /// Duplicates descriptors to numbers that follow one another, as a process finds them that is started with them.
    ///
    /// - Returns: the first number.
    private func inherit(_ sockets: [Int32]) -> Int32 {
        var first: Int32 = 100
        while true {
            let numbers = sockets.map { fcntl($0, F_DUPFD, first) }
            if numbers == Array(numbers[0]..<numbers[0] + Int32(sockets.count)) { return numbers[0] }
            // Another test has taken one in between.
            for number in numbers { close(number) }
            first = numbers[0] + 1
        }
    }

    @Test func `the kernel tells inherited sockets that listen from connected ones`() async throws {
        try await inDirectory { directory in
            let listening = try SocketAddress.makeSocket(.cannotListen)
            try #require(SocketAddress.with(directory + "/s", { bind(listening.number, $0, $1) }) == 0)
            try #require(listen(listening.number, 5) == 0)
            let (here, there) = try socketPair()
            let first = inherit([listening.number, there.number, there.number])
            let environment = [
                "LISTEN_PID": "\(getpid())", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "varlink:varlink:other",
            ]
            let sockets = try InheritedSocket.take(named: "varlink", environment: environment, first: first)
            defer { close(first + 2) }
            guard sockets.count == 2, case .listening = sockets[0], case .connected(let connected) = sockets[1] else {
                Issue.record("\(sockets)")
                return
            }
            #expect(connected.number == first + 1 && fcntl(first + 1, F_GETFD) & FD_CLOEXEC != 0)
            // One of another name is left as it is.
            #expect(fcntl(first + 2, F_GETFD) == 0)
            _ = here
        }
    }

    @Test func `descriptors that are meant for another process are left alone`() throws {
        #expect(try InheritedSocket.take(environment: ["LISTEN_PID": "1", "LISTEN_FDS": "1"], first: 100).isEmpty)
        #expect(try InheritedSocket.take(environment: [:], first: 100).isEmpty)
        let environment = ["LISTEN_PID": "\(getpid())", "LISTEN_FDS": "1"]
        let nowhere = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nowhere) }
        let error = #expect(throws: VarlinkError.self) {
            try InheritedSocket.take(environment: environment, first: nowhere)
        }
        #expect(error?.code == .notInherited)
    }
}
