import Foundation
import SQL
import SQLStore
import TestKit
import Testing

/// `report`: one page about the service.
@Suite(.scratchDirectory)
struct ReportTests {
    private var page: String { ScratchDirectory.path + "/report.html" }

    /// A volume with a hostile description in its failure, and one that is fine.
    private func fill() async throws {
        expect(0, from: try await volumectl("create", "data", "1M"))
        expect(6, from: try await volumectl("create", "large", "7E"))
        let store = try SQLStore(TestDatabase.open(Scratch.database))
        try await store.transact {
            try $0.connection.executeScript(
                "UPDATE flow SET subject = '<script>alert(\"x\")</script>&' WHERE subject = 'data'"
            )
        }
        await store.close()
    }

    @Test func `a page shows pools, quotas, failures and flows, and refers to nothing outside`() async throws {
        try await fill()
        expect(0, from: try await volumectl("report", "--html", page))
        let html = try String(contentsOfFile: page, encoding: .utf8)
        for text in [
            "<h3>default <span class=\"muted\">loopback</span></h3>", "<td class=\"name\">physical</td>",
            "<td class=\"name\">provisioned</td>", "<td class=\"name\">gigabytes</td>",
            "schedule: cannot create volume &quot;large&quot; (7 EiB): no pool can take it",
            "create-volume &lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;", "<i class=\"reverted\"",
        ] { #expect(html.contains(text), "\(text)") }
        #expect(!html.contains("<script") && !html.contains("http:") && !html.contains("https:"))
        #expect(html.count { $0 == "<" } == html.count { $0 == ">" })
        #expect(try Scratch.mode(of: page) == 0o600)
    }

    @Test func `it is written again as a whole, and with as many flows as wanted`() async throws {
        try await fill()
        expect(0, from: try await volumectl("report", "--html", page))
        expect(0, from: try await volumectl("report", "--html", page, "--flows", "0"))
        let html = try String(contentsOfFile: page, encoding: .utf8)
        #expect(html.contains("There are none.") && !html.contains("create-volume"))
        expect(64, from: try await volumectl("report", "--html", ScratchDirectory.path + "/none/report.html"))
        expect(64, from: try await volumectl("report", "--html", page, "--flows", "-1"))
    }

    @Test(.enabled(if: Machine.has("chromium"), "needs chromium"), arguments: ["light", "dark"])
    func `a browser shows it without an error`(scheme: String) async throws {
        try await fill()
        expect(0, from: try await volumectl("report", "--html", page))
        let dump = try await browse("--dump-dom")
        #expect(dump.contains("What failed lately") && dump.contains("<i class=\"reverted\""))
        let picture = ScratchDirectory.path + "/\(scheme).png"
        _ = try await browse(
            "--screenshot=\(picture)",
            "--window-size=1000,1400",
            "--blink-settings=preferredColorScheme=\(scheme == "dark" ? 0 : 1)"
        )
        #expect(try #require(try Scratch.size(of: picture)) > 10_000)
    }

    private func browse(_ options: String...) async throws -> String {
        let profile = ScratchDirectory.path + "/profile-\(UUID())"
        let words =
            [
                "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--user-data-dir=\(profile)",
            ] + options
            + ["file://" + page]
        let run = try await Command(arguments: [], wrapper: ["bash", "-c", "exec \"$0\" \"${@:1:$#-1}\""] + words).run()
        #expect(run.status == 0, "\(run)")
        return run.output
    }
}
