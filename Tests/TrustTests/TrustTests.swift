import Foundation
import TestKit
import Testing
import Trust

/// The files that a process trusts. For users other than root, only the file itself is checked and not the path to it.
@Suite(.scratchDirectory, .enabled("needs root, to give files away") { geteuid() == 0 })
struct TrustTests {
    private let directory = ScratchDirectory.path
    private let stranger: uid_t = 65534

    private func make(_ name: String, mode: mode_t = 0o644, owner: uid_t = 0) throws -> String {
        let path = "\(directory)/\(name)"
        try FileManager.default.createDirectory(
            at: URL(filePath: path).deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data("content".utf8).write(to: URL(filePath: path))
        try give(name, mode: mode, owner: owner)
        return path
    }

    private func give(_ name: String, mode: mode_t, owner: uid_t = 0) throws {
        try #require(chown("\(directory)/\(name)", owner, owner) == 0)
        try #require(chmod("\(directory)/\(name)", mode) == 0)
    }

    private func refusal(_ path: String, as kind: Trust.Kind = .file, for user: uid_t = 0) -> Distrust? {
        #expect(throws: Distrust.self) { try Trust.open(path, as: kind, for: user) }
    }

    @Test func `a file that belongs to root and that only root can change is obeyed`() throws {
        let trusted = try Trust.open(try make("sub/file"), as: .file)
        #expect(trusted.path.hasSuffix("/sub/file"))
        let file = FileHandle(fileDescriptor: try trusted.openForReading(), closeOnDealloc: true)
        #expect(try file.readToEnd() == Data("content".utf8))
    }

    @Test func `a file of another user is not obeyed`() throws {
        let path = try make("file", owner: stranger)
        #expect(refusal(path)?.description.contains("belongs to user 65534, not to root") == true)
        _ = try Trust.open(path, as: .file, for: stranger)
        #expect(refusal(path, for: 1234)?.isPermission == true)
    }

    @Test(arguments: [0o664, 0o646, 0o666] as [mode_t])
    func `a file that others may write to is not obeyed`(mode: mode_t) throws {
        let path = try make("file", mode: mode)
        #expect(refusal(path)?.remedy == "chmod go-w '\(path)'")
        #expect(refusal(path, for: stranger) != nil)
    }

    @Test(arguments: [(0o775, 0), (0o757, 0), (0o755, 65534), (0o1777, 65534)] as [(mode_t, uid_t)])
    func `root does not go through a directory that others could change`(mode: mode_t, owner: uid_t) throws {
        let path = try make("sub/deep/file")
        try give("sub", mode: mode, owner: owner)
        #expect(refusal(path)?.path.hasSuffix("/sub") == true)
        #expect(throws: Distrust.self) { try Trust.checkPlace(of: "\(directory)/sub/new/place", for: 0) }
        _ = try Trust.open(path, as: .file, for: stranger)
    }

    @Test func `root uses another user's directory only where nobody else can replace it`() throws {
        for (name, mode) in [("place/file", 0o755), ("shared/place/file", 0o1777)] as [(String, mode_t)] {
            let path = (try make(name) as NSString).deletingLastPathComponent
            let parent = (path as NSString).deletingLastPathComponent
            let isShared = mode != 0o755
            if isShared { try #require(chmod(parent, mode) == 0) }
            #expect(try Trust.resolve(directory: path) == path)
            #expect(throws: Distrust.self) { try Trust.resolve(directory: path + "/file") }
            try #require(chown(path, stranger, stranger) == 0)
            if isShared {
                #expect(throws: Distrust.self) { try Trust.resolve(directory: path) }
            } else {
                #expect(try Trust.resolve(directory: path) == path)
                #expect(throws: Distrust.self) { try Trust.resolve(directory: path + "/below") }
            }
        }
    }

    @Test func `root goes through a directory such as /tmp to root's own files`() throws {
        let own = try make("shared/own")
        let other = try make("shared/other", owner: stranger)
        try give("shared", mode: 0o1777)
        _ = try Trust.open(own, as: .file)
        #expect(refusal(other)?.path == other)
        #expect(refusal("\(directory)/shared", as: .directory) != nil)
        try Trust.checkPlace(of: "\(directory)/shared/new")
    }

    @Test func `a symbolic link is followed if it and everything behind it belong to root`() throws {
        let target = try make("there/file")
        let link = "\(directory)/link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "there/../there/file")
        #expect(try Trust.open(link, as: .file).path == Trust.open(target, as: .file).path)
        try #require(lchown(link, stranger, stranger) == 0)
        #expect(refusal(link)?.path.hasSuffix("/link") == true)
        try #require(lchown(link, 0, 0) == 0)
        try give("there", mode: 0o755, owner: stranger)
        #expect(refusal(link)?.path.hasSuffix("/there") == true)
    }

    @Test func `an open file stays the same, whatever its name refers to later`() throws {
        let trusted = try Trust.open(try make("file"), as: .file)
        try FileManager.default.removeItem(atPath: "\(directory)/file")
        let planted = try make("planted", owner: stranger)
        try FileManager.default.moveItem(atPath: planted, toPath: "\(directory)/file")
        let file = FileHandle(fileDescriptor: try trusted.openForReading(), closeOnDealloc: true)
        #expect(try file.readToEnd() == Data("content".utf8))
    }

    @Test func `a missing file is distinguished from an unreadable one`() throws {
        let missing = refusal("\(directory)/missing/file")
        #expect(missing?.number == ENOENT && missing?.isPermission == false)
        let loop = "\(directory)/loop"
        try FileManager.default.createSymbolicLink(atPath: loop, withDestinationPath: "loop")
        #expect(refusal(loop)?.number == ELOOP)
        #expect(refusal("\(directory)", as: .file)?.number == EISDIR)
        #expect(refusal(try make("file"), as: .directory)?.number == ENOTDIR)
    }
}
