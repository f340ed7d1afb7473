// Words that are said aloud, in the residents' language whatever the page's is.
import { dateTime } from '../format';

// "15 giờ 20 ngày 5 tháng 11": as it is said aloud.
export function aloud(at: string): string {
    const [day, clock] = [dateTime(at).match(/(\d\d)\/(\d\d)\/(\d{4})/), dateTime(at).match(/(\d\d):(\d\d)/)];

    return day === null || clock === null ? dateTime(at)
        : `${Number(clock[1])} giờ${clock[2] === '00' ? '' : ` ${Number(clock[2])}`} ngày ${Number(day[1])} tháng ${Number(day[2])}`;
}

export const sentence = (text: string): string => /[.!?]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
