import DriverKit
import TaskFlow
import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// Drivers whose results about devices differ from their effects, and hosts that can't be inspected.
@Suite(.scratchDirectory)
struct LyingAttachmentTests {
    typealias Case = LyingCase<VolumeStatus>

    static let attaching = [
        Case(fault: nil, code: nil, status: .inUse),
        Case(fault: .error(.broken), code: .driverFailed, status: .available),
        Case(fault: .errorAfterEffect(.broken), code: .driverFailed, status: .available),
        Case(fault: .errorAfterEffect(.busy), code: .conflict, status: .available),
        Case(fault: .error(.busy), blindLooks: 1, code: .conflict, status: .available),
        Case(fault: .error(.broken), undoing: .error(.broken), code: .driverFailed, status: .available),
        Case(
            fault: .errorAfterEffect(.broken),
            undoing: .errorAfterEffect(.broken),
            code: .driverFailed,
            status: .available
        ),
        // What may be there is in use.
        Case(
            fault: .errorAfterEffect(.broken),
            undoing: .error(.broken),
            code: .revertIncomplete,
            status: .inUse
        ),
        Case(
            fault: .errorAfterEffect(.broken),
            undoing: .doneWithoutEffect,
            code: .revertIncomplete,
            status: .inUse
        ),
        Case(fault: .error(.broken), blindLooks: 1, code: .revertIncomplete, status: .inUse),
        Case(fault: nil, blindLooks: 1, code: .driverFailed, status: .available),
        Case(fault: nil, blindLooks: 2, code: .revertIncomplete, status: .inUse),
    ]

    @Test(arguments: attaching)
    func `an attach is what can be seen of it`(_ example: Case) async throws {
        let scene = try await UseScene()
        scene.faults.order(example.fault, for: .attach)
        scene.faults.order(example.undoing, for: .detach)
        scene.faults.order(nil, for: .attachment)
        for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .attachment) }
        guard let code = example.code else {
            _ = try await scene.service.attach("data")
            #expect(try await scene.device != nil)
            return
        }
        let error = await #expect(throws: VolumeError.self) { try await scene.service.attach("data") }
        #expect(error?.code == code)
        #expect(try await scene.status == example.status)
        if example.status == .inUse {
            #expect(try await scene.volume.lastError != nil)
            try await scene.service.retry(try #require(error?.flow))
        }
        try await scene.expectFree()
    }

    @Test(arguments: attaching.filter { $0.status == .inUse && $0.code != nil })
    func `an attach that could not be undone is settled by the next attach or detach`(_ example: Case) async throws {
        let scene = try await UseScene()
        for _ in 1...2 {
            scene.faults.order(example.fault, for: .attach)
            scene.faults.order(example.undoing, for: .detach)
            scene.faults.order(nil, for: .attachment)
            for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .attachment) }
            await #expect(throws: VolumeError.self) { try await scene.service.attach("data") }
            let attachment = try await scene.service.attach("data")
            #expect(attachment.access == (try await scene.device).map(VolumeAccess.local))
            #expect(try await scene.volume.lastError == nil)
            try await scene.service.detach("data")
            try await scene.expectFree()
        }
    }

    @Test func `a device that the driver says is there and is not is no attachment`() async throws {
        let scene = try await UseScene(losesDevices: true)
        let error = await #expect(throws: VolumeError.self) { try await scene.service.attach("data") }
        #expect(error?.code == .driverFailed)
        try await scene.expectFree()
    }

    static let detaching = [
        Case(fault: nil, code: nil, status: .available),
        Case(fault: .errorAfterEffect(.broken), code: nil, status: .available),
        Case(fault: .error(.broken), code: .driverFailed, status: .inUse),
        Case(fault: .error(.busy), code: .conflict, status: .inUse),
        Case(fault: .doneWithoutEffect, code: .driverFailed, status: .inUse),
        Case(fault: .error(.busy), blindLooks: 2, code: .conflict, status: .inUse),
        // It is given back.
        Case(fault: nil, blindLooks: 1, code: .driverFailed, status: .inUse),
        Case(fault: nil, undoing: .error(.broken), blindLooks: 1, code: .revertIncomplete, status: .inUse),
        Case(fault: nil, blindLooks: 2, code: .revertIncomplete, status: .inUse),
    ]

    @Test(arguments: detaching)
    func `a detach is what can be seen of it`(_ example: Case) async throws {
        let scene = try await UseScene()
        _ = try await scene.service.attach("data")
        scene.faults.order(example.fault, for: .detach)
        scene.faults.order(example.undoing, for: .attach)
        for _ in 0..<example.blindLooks { scene.faults.order(.error(.broken), for: .attachment) }
        guard let code = example.code else {
            try await scene.service.detach("data")
            return try await scene.expectFree()
        }
        let error = await #expect(throws: VolumeError.self) { try await scene.service.detach("data") }
        #expect(error?.code == code)
        #expect(try await scene.status == example.status)
        if code == .revertIncomplete { try await scene.service.retry(try #require(error?.flow)) }
        #expect(try await scene.device != nil)
        #expect(try await scene.volume.lastError == nil)
        try await scene.service.detach("data")
        try await scene.expectFree()
    }
}
