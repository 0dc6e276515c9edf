internal import Foundation
internal import TaskFlow
internal import VolumeAPI

/// The state of the service as one HTML page that refers to nothing outside and needs no script.
struct ReportPage {
    enum Flow {
        case readable(FlowDetail, Listing<JournalEntry>)
        case unreadable(UnreadableRow)
    }

    /// The name of the database, and the project.
    let (database, project): (String, String)
    let time: Date
    let pools: [PoolStatus]
    let quotas: [QuotaStatus]
    /// The newest flows of the project, newest first.
    let flows: [Flow]

    var markup: Markup {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>volumectl: \(project), \(time.timestamp)</title>
        <style>
        \(Self.style)
        </style>
        </head>
        <body>
        <h1>Project \(project)</h1>
        <p>\(time.timestamp), volumectl \(ProgramVersion.current), database \(database)</p>
        <h2>Pools</h2>
        \(pools.isEmpty ? "<p>There is none.</p>" : Markup("\(pools.map(ReportBars.section))"))
        <h2>Quotas</h2>
        \(quotas.map(ReportBars.section))
        <h2>What failed lately</h2>
        \(ReportFlows.failures(flows))
        <h2>The newest flows</h2>
        \(flows.isEmpty ? "<p>There are none.</p>" : Markup("\(flows.map(ReportFlows.timeline))"))
        </body>
        </html>

        """
    }

    private static let style: Markup = """
        :root { --text: #1b1f24; --page: #ffffff; --line: #d0d7de; --muted: #59636e; --fill: #4a7fb5; --warn: #b58100;
          --bad: #c62828; --good: #2e7d32; --undone: #6b7fa8; }
        @media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --page: #15181c; --line: #3a4149; --muted: #9aa4ae;
          --fill: #6ba3dc; --warn: #e0b040; --bad: #f07070; --good: #6cc070; --undone: #94a8d4; } }
        @media print { :root { --text: #000000; --page: #ffffff; --line: #b0b0b0; --muted: #444444; }
          section { break-inside: avoid; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
        body { font: 14px/1.5 system-ui, sans-serif; color: var(--text); background: var(--page); margin: 2em auto;
          max-width: 70em; padding: 0 1em; }
        h1, h2, h3 { line-height: 1.2; } h3 { margin: 1.2em 0 .3em; }
        p { margin: .3em 0; } .muted { color: var(--muted); } .bad { color: var(--bad); }
        table { border-collapse: collapse; width: 100%; }
        th, td { text-align: left; vertical-align: top; padding: .15em .6em .15em 0; border-bottom: 1px solid var(--line);
          overflow-wrap: break-word; }
        th { font-weight: 600; } td.name { width: 12em; } td.words { width: 20em; } td.number { text-align: right;
          width: 6em; white-space: nowrap; }
        .bar { height: .8em; margin-top: .35em; background: var(--line); border-radius: 2px; overflow: hidden; }
        .bar i, .time i { display: block; height: .8em; background: var(--fill); }
        .bar i.warn { background: var(--warn); } .bar i.bad { background: var(--bad); }
        .time i { margin-top: .35em; min-width: 2px; border-radius: 2px; }
        .time i.success { background: var(--good); } .time i.failure, .time i.revert_failure { background: var(--bad); }
        .time i.reverted { background: var(--undone); }
        """
}
