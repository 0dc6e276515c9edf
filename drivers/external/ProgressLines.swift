internal import Foundation
internal import VolumeDriver

/// Finds progress reports in the lines of standard error.
struct ProgressLines: Sendable {
    private struct Line: Decodable {
        struct Progress: Decodable {
            let completed: ByteCount
            let total: ByteCount
        }

        let progress: Progress
    }

    let meter: ProgressMeter

    /// The runner keeps all other lines, for errors.
    func hear(_ line: String) {
        guard line.utf8.count < 4096, line.first == "{",
            let progress = try? JSONDecoder().decode(Line.self, from: Data(line.utf8)).progress
        else { return }
        meter.advance(to: progress.completed, of: progress.total)
    }
}
