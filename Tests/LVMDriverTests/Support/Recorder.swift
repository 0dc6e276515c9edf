import Programs
import Synchronization
import VolumeDriver

@testable import LVMDriver

/// Records calls without executing them, and returns the test's answers.
final class Recorder: ProgramRunner {
    /// The answer to a call; `nil` for success without output.
    typealias Answer = @Sendable (_ call: ProgramCall, _ number: Int) -> ProgramResult?

    private let state = Mutex<[ProgramCall]>([])
    private let answer: Answer

    /// - Parameter answer: gets the call and the number of earlier calls of that program.
    init(answer: @escaping Answer = { _, _ in nil }) { self.answer = answer }

    var calls: [ProgramCall] { state.withLock { $0 } }

    /// The calls as command lines.
    var commands: [String] { calls.map(\.description) }

    /// The commands that change something.
    var changes: [String] { commands.filter { !["lvs ", "vgs ", "pvs ", "lvm "].contains($0.prefix(4)) } }

    func run(
        _ call: ProgramCall,
        line: LineListener?
    ) async throws(ProgramError) -> ProgramResult {
        let number = state.withLock { calls in
            defer { calls.append(call) }
            return calls.count { $0.program == call.program }
        }
        return answer(call, number) ?? ProgramResult(status: .exited(0))
    }
}

/// Records what would have been cleared and copied, without touching a device.
final class RecordedDevices: BlockDevices {
    private let state = Mutex<[String]>([])
    private let failsToCopy: Bool

    init(failingToCopy: Bool = false) { failsToCopy = failingToCopy }

    var work: [String] { state.withLock { $0 } }

    func zero(
        _ device: String,
        _ range: Range<Int64>,
        limit: ByteCount?,
        isStillMeant: @Sendable () async throws(DriverError) -> Bool
    ) async throws(DriverError) {
        let isMeant = try await isStillMeant()
        let pace = limit.map { " at \($0.bytes) a second" } ?? ""
        state.withLock { $0.append((isMeant ? "zero" : "spare") + " \(device) \(range)\(pace)") }
    }

    func copy(_ copy: BlockCopy, options: TransferOptions) async throws(DriverError) {
        state.withLock { $0.append("copy \(copy.source) \(copy.target) \(copy.count) of \(copy.end)") }
        if failsToCopy { throw DriverError(.broken, "told to fail") }
    }

    func isEqual(_ device: String, to file: String) async throws(DriverError) -> Bool {
        state.withLock { $0.append("compare \(device) \(file)") }
        return true
    }
}

extension LVMDriver {
    /// A driver of the group `fake-vg` whose tools are `recorder`.
    static func recorded(
        _ provisioning: LVMOptions.Provisioning,
        _ recorder: Recorder,
        _ devices: RecordedDevices = RecordedDevices(),
        change: (inout LVMOptions) -> Void = { _ in }
    ) -> LVMDriver {
        var options = LVMOptions(volumeGroup: "fake-vg")
        options.provisioning = provisioning
        change(&options)
        return LVMDriver(options, programs: recorder, devices: devices, pause: .zero)
    }
}

/// Reports in LVM's JSON format.
enum Reported {
    static let gibibyte: Int64 = 1 << 30

    static func group(
        size: Int64 = 100 * gibibyte,
        free: Int64 = 50 * gibibyte,
        volumes: Int = 1,
        missing: Int = 0,
        tags: [String] = []
    ) -> ProgramResult {
        report(
            "vg",
            [
                #"{"vg_name":"fake-vg", "vg_attr":"wz--n-", "vg_size":"\#(size)", "vg_free":"\#(free)", "#
                    + #""vg_extent_size":"4194304", "lv_count":"\#(volumes)", "vg_missing_pv_count":"\#(missing)", "#
                    + #""vg_uuid":"fake-uuid", "vg_seqno":"7", "vg_tags":"\#(tags.joined(separator: ","))"}"#
            ]
        )
    }

    static func volumes(_ rows: [String] = []) -> ProgramResult { report("lv", rows) }

    /// A row of `lvs`.
    static func row(
        _ name: String,
        _ size: Int64 = gibibyte,
        attributes: String = "-wi------k",
        tags: [String] = [],
        groupTags: [String] = [],
        origin: String = "",
        data: String = "",
        metadata: String = "",
        metadataSize: String = ""
    ) -> String {
        #"{"lv_name":"\#(name)", "lv_size":"\#(size)", "lv_attr":"\#(attributes)", "#
            + #""lv_tags":"\#(tags.joined(separator: ","))", "vg_tags":"\#(groupTags.joined(separator: ","))", "pool_lv":"", "origin":"\#(origin)", "#
            + #""data_percent":"\#(data)", "metadata_percent":"\#(metadata)", "lv_metadata_size":"\#(metadataSize)"}"#
    }

    static func pool(_ size: Int64, data: String, metadata: String = "10.00", attributes: String = "twi-aotz--")
        -> String
    {
        row("fake-vg-pool", size, attributes: attributes, data: data, metadata: metadata, metadataSize: "4194304")
    }

    static func failure(_ message: String) -> ProgramResult {
        ProgramResult(status: .exited(5), messages: "  \(message)\n")
    }

    private static func report(_ kind: String, _ rows: [String]) -> ProgramResult {
        let list = rows.joined(separator: ",\n")
        return ProgramResult(
            status: .exited(0),
            output: "  {\n      \"report\": [\n          {\n \"\(kind)\": [\n\(list)\n]\n }\n ]\n }\n"
        )
    }
}
