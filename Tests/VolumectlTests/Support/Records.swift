import Foundation

/// The JSON output of the program.
struct VolumeRecord: Decodable, Equatable {
    let schema: String
    let id: String
    let name: String?
    let project: String
    let sizeBytes: Int64
    let pool: String?
    let status: String
    let location: String?
    let createdAt: Date
    let updatedAt: Date
    let flow: String
    let lastError: String?
}

struct PoolRecord: Decodable {
    let schema: String
    let name: String
    let driver: String
    let state: String
    let reason: String?
    let totalBytes: Int64?
    let freeBytes: Int64?
    let promisedBytes: Int64
    let volumes: Int
    let overSubscriptionRatio: Double
    let reservedPercentage: Int
}

struct QuotaRecord: Decodable, Equatable {
    struct Count: Decodable, Equatable {
        let inUse: Int
        let reserved: Int
        let limit: Int?
    }
    struct Size: Decodable, Equatable {
        let inUseBytes: Int64
        let reservedBytes: Int64
        let limitGib: Int64?
    }
    let schema: String
    let project: String
    let volumes: Count
    let gigabytes: Size
    let perVolumeLimitGib: Int64?
    let snapshots: Count
}

struct SnapshotRecord: Decodable, Equatable {
    let schema: String
    let id: String
    let name: String?
    let project: String
    let volume: String
    let volumeName: String?
    let sizeBytes: Int64
    let pool: String?
    let status: String
    let location: String?
    let createdAt: Date
    let updatedAt: Date
    let flow: String
    let lastError: String?
}

struct FlowRecord: Decodable {
    struct Step: Decodable {
        let step: String
        let state: String
        let startedAt: Date
        let at: Date
        let durationMs: Double
        let failure: Failure?
    }
    struct Failure: Decodable {
        let type: String
        let message: String
    }
    let schema: String
    let id: String
    let name: String
    let subject: String
    let state: String
    let owner: String
    let createdAt: Date
    let updatedAt: Date
    let steps: [Step]?
}

struct ErrorRecord: Decodable {
    struct Body: Decodable {
        let code: String
        let exit: Int32
        let message: String
        let cause: String?
        let remedy: [String]
        let details: Details
    }
    struct Details: Decodable {
        let aftermath: String
        let flow: String?
        let pools: [Verdict]
    }
    struct Verdict: Decodable {
        let pool: String
        let driver: String
        let verdict: String
        let filter: String?
        let why: String
    }
    let error: Body
}
