import Testing
import VolumeDriver

@testable import LVMDriver

struct LVMReportTests {
    private let report = """
          {
              "report": [
                  {
                      "lv": [
                          {"lv_name":"[lvol0_pmspare]", "lv_size":"4194304", "lv_attr":"ewi-------", "lv_tags":"", "pool_lv":"", "origin":"", "data_percent":"", "metadata_percent":"", "lv_metadata_size":""},
                          {"lv_name":"data", "lv_size":"1073741824", "lv_attr":"Vwi-aotz-k", "lv_tags":"a,volumectl.partial", "pool_lv":"pool", "origin":"old", "data_percent":"12.50", "metadata_percent":"", "lv_metadata_size":""}
                      ]
                  }
              ]
          }
        """

    @Test func `a report is read with sizes in bytes, tags and percentages, and an empty value is unknown`() throws {
        let volumes = try LVMReport.logicalVolumes(in: report)
        try #require(volumes.count == 2)
        #expect(volumes[0].name == "lvol0_pmspare")
        #expect(volumes[0].dataPercent == nil)
        let data = volumes[1]
        #expect(data.size.bytes == 1 << 30)
        #expect(data.tags == ["a", "volumectl.partial"])
        #expect(data.pool == "pool")
        #expect(data.origin == "old")
        #expect(data.dataPercent == 12.5)
        #expect(data.attributes.isThinVolume && data.attributes.isActive && data.attributes.isOpen)
        #expect(data.attributes.skipsActivation)
        #expect(data.presence == .partial)
    }

    @Test func `a report is found behind warnings that a tool writes to the same stream`() throws {
        let noise = "  WARNING: PV /dev/sdb in VG x is using an old PV header\n  File descriptor 9 leaked on lvs\n"
        #expect(try LVMReport.logicalVolumes(in: noise + report).count == 2)
    }

    @Test func `a report that is cut off anywhere is refused`() {
        for length in 0..<report.utf8.count {
            let piece = String(decoding: report.utf8.prefix(length), as: UTF8.self)
            #expect(throws: LVMReportError.self) { try LVMReport.logicalVolumes(in: piece) }
        }
    }

    @Test(
        arguments: [
            (#""12.50""#, #""12,50""#), (#""1073741824""#, #""1.00g""#), (#""1073741824""#, #""1073741824B""#),
            (#""1073741824""#, #""-1""#), (#""1073741824""#, #""99999999999999999999""#), (#""12.50""#, #""nan""#),
            (#""Vwi-aotz-k""#, #""Vwi""#), ("lv_size", "LGröße"), (#""lv""#, #""pv""#),
        ]
    )
    func `a report with a value that LVM does not write in the C locale is refused`(
        original: String,
        replacement: String
    ) {
        #expect(throws: LVMReportError.self) {
            try LVMReport.logicalVolumes(in: report.replacing(original, with: replacement))
        }
    }

    @Test func `the version of LVM tells whether it has thin volumes`() throws {
        func version(_ text: String) throws -> LVMVersion {
            try #require(LVMVersion(parsing: "  LVM version:     \(text)\n  Library version: 1.02.185 (2022-05-18)\n"))
        }
        #expect(try version("2.02.65(2) (2012-01-01)") < .thin)
        #expect(try version("2.02.100(2)-RHEL6 (2013-09-12)") >= .thin)
        #expect(try version("2.03.00(2) (2018-10-10)") >= .thin)
        #expect(try version("2.03.16(2) (2022-05-18)").description == "2.03.16")
        #expect(LVMVersion(parsing: "lvm: command not found") == nil)
    }
}
