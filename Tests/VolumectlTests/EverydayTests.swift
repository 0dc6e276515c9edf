import Foundation
import TestKit
import Testing

/// Runs the listings of `docs/everyday.md` one after the other, as a reader does, and compares what they print.
@Suite(
    .onFiles("the page begins with a command that makes a file"),
    .enabled(if: Machine.has("qemu-nbd") && Machine.has("qemu-img"), "needs qemu-utils"),
    .scratchDirectory
)
struct EverydayTests {
    /// A command of a listing, and the output that the page shows.
    private struct Listing {
        let prompt: Character
        let command: String
        var output = ""
    }

    private static let page = URL(filePath: #filePath).appending(path: "../../../docs/everyday.md").standardized

    private static func listings() throws -> [Listing] {
        let text = try String(contentsOf: page, encoding: .utf8)
        return text.matches(of: /```console\n((?s).*?)```/)
            .flatMap { block in
                block.1.split(separator: "\n")
                    .reduce(into: [Listing]()) { listings, line in
                        if line.hasPrefix("$ ") || line.hasPrefix("# ") {
                            listings.append(Listing(prompt: line[line.startIndex], command: String(line.dropFirst(2))))
                        } else if let last = listings.indices.last {
                            listings[last].output += line + "\n"
                        }
                    }
            }
    }

    @Test func `every listing prints what the page shows`() async throws {
        let listings = try Self.listings()
        #expect(listings.count > 20)
        do {
            for listing in listings where listing.prompt == "$" || canBindLoopDevices { try await run(listing) }
        } catch {
            try await cleanUp()
            throw error
        }
        try await cleanUp()
    }

    private func run(_ listing: Listing) async throws {
        let command = "exec 2>&1; " + listing.command.replacing("/srv/", with: ScratchDirectory.path + "/srv/")
        let directory = URL(filePath: try #require(Command.program)).deletingLastPathComponent().path
        let run = try await volumectl(
            with: variables.merging(["PATH": directory + ":/usr/sbin:/usr/bin:/sbin:/bin"]) { $1 },
            under: ["bash", "-c", command]
        )
        let output = run.output
            .replacing(Scratch.state, with: "/var/lib/volumectl")
            .replacing(exports, with: "/var/lib/volumectl/exports")
            .replacing(ScratchDirectory.path + "/srv/", with: "/srv/")
        #expect(output.stable.fits(listing.output.stable), "$ \(listing.command)\n\(output)")
    }

    /// Frees the devices and servers of listings that failed.
    private func cleanUp() async throws {
        for volume in try await volumectl(["ls", "-q"], with: variables).lines {
            for verb in ["umount", "detach", "unexport"] { try await volumectl([verb, volume], with: variables) }
        }
    }

    private var variables: [String: String] { ["VOLUMECTL_POOLS_DEFAULT_EXPORT_DIRECTORY": exports] }

    /// A directory whose path is short enough for sockets.
    private var exports: String { ScratchDirectory.path + "/x" }
}

extension String {
    /// The text with a word in place of all that differs from run to run.
    fileprivate var stable: String {
        replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "ID")
            .replacing(/\b[0-9a-f]{8}\b/, with: "ID")
            .replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z/, with: "DATE")
            .replacing(/[0-9.]+ (ms|s)\b/, with: "DURATION")
            .replacing(/\+[0-9]+\.[0-9]{3}/, with: "TIME")
            .replacing(/\/dev\/loop[0-9]+/, with: "DEVICE")
            .replacing(/on host [^ ]+/, with: "on host HOST")
            .replacing(/by process [0-9]+/, with: "by process ID")
            .replacing(/[ ]+/, with: " ")
    }

    /// Whether the text is `pattern`, in which `…` stands for any text.
    fileprivate func fits(_ pattern: String) -> Bool {
        let parts = pattern.split(separator: "…\n", omittingEmptySubsequences: false)
        guard let first = parts.first, let last = parts.last, hasPrefix(first), hasSuffix(last) else { return false }
        var rest = self[...]
        for part in parts where !part.isEmpty {
            guard let place = rest.firstRange(of: part) else { return false }
            rest = rest[place.upperBound...]
        }
        return parts.count > 1 || rest.isEmpty
    }
}
