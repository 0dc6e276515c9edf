import FoundationEssentials
import Identity
import VolumeDriver

/// An unreadable report.
struct LVMReportError: Error, CustomStringConvertible {
    let description: String
}

/// Parses the output of LVM's reporting commands with `--reportformat json`.
enum LVMReport {
    /// The fields of logical volumes that ``logicalVolumes(in:)`` needs.
    static let volumeFields =
        "lv_name,lv_size,lv_attr,lv_tags,pool_lv,origin,data_percent,metadata_percent,lv_metadata_size"
    /// The fields of groups that ``volumeGroups(in:)`` needs.
    static let groupFields =
        "vg_name,vg_attr,vg_size,vg_free,vg_extent_size,lv_count,vg_missing_pv_count,vg_uuid,vg_seqno,vg_tags"

    /// The logical volumes in `output`.
    static func logicalVolumes(in output: String) throws(LVMReportError) -> [LogicalVolume] {
        try rows("lv", in: output)
            .map { row throws(LVMReportError) in
                guard let attributes = LogicalVolume.Attributes(try row.text("lv_attr")) else {
                    throw row.flaw("lv_attr")
                }
                return LogicalVolume(
                    name: try row.name("lv_name"),
                    size: try row.bytes("lv_size"),
                    attributes: attributes,
                    tags: row.tags("lv_tags"),
                    pool: try row.nonEmpty("pool_lv"),
                    origin: try row.nonEmpty("origin"),
                    dataPercent: try row.percent("data_percent"),
                    metadataPercent: try row.percent("metadata_percent"),
                    metadataSize: try row.nonEmpty("lv_metadata_size") == nil ? nil : row.bytes("lv_metadata_size"),
                    groupTags: row.tags("vg_tags")
                )
            }
    }

    /// The groups in `output`.
    static func volumeGroups(in output: String) throws(LVMReportError) -> [VolumeGroup] {
        try rows("vg", in: output)
            .map { row throws(LVMReportError) in
                VolumeGroup(
                    name: try row.name("vg_name"),
                    isPartial: try row.text("vg_attr").dropFirst(3).first == "p",
                    size: try row.bytes("vg_size"),
                    free: try row.bytes("vg_free"),
                    extentSize: try row.bytes("vg_extent_size"),
                    volumeCount: try row.bytes("lv_count").bytes,
                    missingDevices: try row.bytes("vg_missing_pv_count").bytes,
                    uuid: try row.text("vg_uuid"),
                    sequenceNumber: try row.bytes("vg_seqno").bytes,
                    tags: row.tags("vg_tags")
                )
            }
    }

    /// The free space of each physical volume in `output`.
    static func freeSpaces(in output: String) throws(LVMReportError) -> [ByteCount] {
        try rows("pv", in: output).map { row throws(LVMReportError) in try row.bytes("pv_free") }
    }

    /// The tools of some builds write warnings to the same stream before the report.
    private static func rows(_ kind: String, in output: String) throws(LVMReportError) -> [Row] {
        let lines = output.split(whereSeparator: \.isNewline)
        let json = lines.drop { !$0.drop(while: \.isWhitespace).hasPrefix("{") }.joined(separator: "\n")
        guard !json.isEmpty else { throw LVMReportError(description: "there is no report in the output") }
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(json.utf8))
        } catch {
            throw LVMReportError(description: "the report is not complete JSON: \(error)")
        }
        guard let rows = document.report.lazy.compactMap({ $0[kind] }).first else {
            throw LVMReportError(description: "the report has no '\(kind)'")
        }
        return rows.map(Row.init)
    }

    private struct Document: Decodable {
        let report: [[String: [[String: String]]]]
    }

    /// An object of a report. All values are texts; unknown ones are empty.
    private struct Row {
        let values: [String: String]

        func text(_ field: String) throws(LVMReportError) -> String {
            guard let text = values[field] else { throw LVMReportError(description: "the report lacks '\(field)'") }
            return text
        }

        func nonEmpty(_ field: String) throws(LVMReportError) -> String? {
            let text = try text(field)
            return text.isEmpty ? nil : text
        }

        /// The name without the brackets of LVM's internal volumes.
        func name(_ field: String) throws(LVMReportError) -> String {
            let text = try text(field)
            return text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        }

        /// Empty if the report lacks the field.
        func tags(_ field: String) -> Set<String> {
            Set((values[field] ?? "").split(separator: ",").map(String.init))
        }

        func bytes(_ field: String) throws(LVMReportError) -> ByteCount {
            guard let bytes = ByteCount(decimal: try text(field)) else { throw flaw(field) }
            return bytes
        }

        func percent(_ field: String) throws(LVMReportError) -> Double? {
            guard let text = try nonEmpty(field) else { return nil }
            guard let percent = Double(text), percent.isFinite, percent >= 0 else { throw flaw(field) }
            return percent
        }

        func flaw(_ field: String) -> LVMReportError {
            LVMReportError(description: "'\(values[field] ?? "")' is not a value of '\(field)'")
        }
    }
}

/// A volume group as `vgs` reports it.
struct VolumeGroup: Sendable, Hashable {
    let name: String
    /// Whether some of its disks are missing.
    let isPartial: Bool
    let size: ByteCount
    let free: ByteCount
    let extentSize: ByteCount
    let volumeCount: Int64
    let missingDevices: Int64
    let uuid: String
    /// The number of changes to its metadata.
    let sequenceNumber: Int64
    let tags: Set<String>

    /// The id in its mark.
    var pool: PoolID? {
        tags.lazy.compactMap { $0.hasPrefix(Tag.poolPrefix) ? PoolID(String($0.dropFirst(Tag.poolPrefix.count))) : nil }
            .first
    }
}
