import TaskFlow
import Testing

struct JobStateTests {
    /// TaskFlow 6.5.0, `states.py`: who may follow whom.
    static let states = ["UNCLAIMED": ["CLAIMED"], "CLAIMED": ["UNCLAIMED", "COMPLETE"], "COMPLETE": []]

    @Test func `the states are TaskFlow's`() {
        #expect(Set(JobState.allCases.map(\.rawValue)) == Set(Self.states.keys))
    }

    @Test(arguments: JobState.allCases, JobState.allCases)
    func `a job moves as TaskFlow's table says`(from: JobState, to: JobState) {
        #expect(from.successors.contains(to) == Self.states[from.rawValue]?.contains(to.rawValue))
    }

    @Test func `the priorities are TaskFlow's, and in its order`() {
        let names = JobPriority.allCases.sorted(by: >).map(\.rawValue)
        #expect(names == ["VERY_HIGH", "HIGH", "NORMAL", "LOW", "VERY_LOW"])
    }

    @Test(arguments: JobPriority.allCases)
    func `a priority is read in either case`(priority: JobPriority) {
        #expect(JobPriority(priority.description) == priority)
        #expect(JobPriority(priority.description.lowercased()) == priority)
    }

    @Test func `what is no priority is refused`() {
        #expect(JobPriority("urgent") == nil)
    }
}
