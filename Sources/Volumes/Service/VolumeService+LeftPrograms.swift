internal import SQLStore
internal import TaskFlow
internal import VolumeAPI

extension VolumeService {
    /// Waits for programs that processes which have died have left behind: what they work on can't be taken up before they
    /// have ended. Those that take longer than their time limit are ended.
    ///
    /// - Returns: one for each flow whose programs can't be ended from here; `nil` at once, if somebody waits already.
    func waitForLeftPrograms() async throws -> [Recovery]? {
        try await store.watching {
            var recoveries: [Recovery] = []
            for left in try await store.left() {
                let holder = left.holder
                guard try await !left.waitForPrograms() else { continue }
                recoveries.append(
                    Recovery(
                        flow: left.flow,
                        interruptedStep: nil,
                        state: nil,
                        problem: "\(holder), which it has left behind, does not end: kill it"
                    )
                )
            }
            return recoveries
        }
    }
}
